/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* src/spec/field.h: the table engine, and what json-c does not catch. */

#include <errno.h>

#include "base/strv.h"
#include "spec/field.h"
#include "test.h"

typedef enum Colour {
        COLOUR_RED = 1,
        COLOUR_GREEN,
} Colour;

typedef struct Inner {
        uint32_t number;
        char *label;
} Inner;

typedef struct Named {
        char *key;
        bool flag;
} Named;

typedef struct Sample {
        char *string;
        bool boolean;
        uint32_t u32;
        int32_t i32;
        uint64_t u64;
        int64_t i64;
        OptionalBool optional_bool;
        OptionalU32 optional_u32;
        OptionalI32 optional_i32;
        OptionalU64 optional_u64;
        OptionalI64 optional_i64;
        Colour colour;
        SpecSet colours;
        char **strings;
        uint32_t *numbers;
        size_t n_numbers;
        SpecMap map;
        Inner inner;
        Inner *optional;
        Inner *list;
        size_t n_list;
        Named *named;
        size_t n_named;
        char *must;
} Sample;

static const FieldWord colours[] = {
        { "red", COLOUR_RED },
        { "rouge", COLOUR_RED },
        { "green", COLOUR_GREEN },
        {}
};

static const Field inner_fields[] = {
        FIELD_U32_TO("number", Inner, number, FIELD_REQUIRED, 10),
        FIELD_STRING("label", Inner, label, FIELD_NOT_EMPTY),
        {}
};
static OBJECT_TYPE(inner_type, Inner, inner_fields);

static const Field optional_fields[] = {
        FIELD_U32("number", Inner, number, FIELD_ALWAYS),
        FIELD_STRING("label", Inner, label, 0),
        {}
};
static OBJECT_TYPE(optional_type, Inner, optional_fields);

static const Field named_fields[] = {
        FIELD_BOOL("flag", Named, flag, 0),
        {}
};
static OBJECT_TYPE(named_type, Named, named_fields);

static const Field sample_fields[] = {
        FIELD_STRING("string", Sample, string, 0),
        FIELD_BOOL("boolean", Sample, boolean, 0),
        FIELD_U32("u32", Sample, u32, 0),
        FIELD_I32_IN("i32", Sample, i32, 0, -20, 19),
        FIELD_U64("u64", Sample, u64, 0),
        FIELD_I64("i64", Sample, i64, 0),
        FIELD_OPTIONAL_BOOL("optionalBool", Sample, optional_bool, 0),
        FIELD_OPTIONAL_U32("optionalU32", Sample, optional_u32, 0),
        FIELD_OPTIONAL_I32_IN("optionalI32", Sample, optional_i32, 0, INT32_MIN, INT32_MAX),
        FIELD_OPTIONAL_U64("optionalU64", Sample, optional_u64, 0),
        FIELD_OPTIONAL_I64("optionalI64", Sample, optional_i64, 0),
        FIELD_ENUM("colour", Sample, colour, 0, colours),
        FIELD_SET("colours", Sample, colours, 0, colours),
        FIELD_STRINGS("strings", Sample, strings, 0),
        FIELD_U32_LIST("numbers", Sample, numbers, 0),
        FIELD_MAP("map", Sample, map, 0),
        FIELD_OBJECT("inner", Sample, inner, 0, optional_type),
        FIELD_OPTIONAL_OBJECT("optional", Sample, optional, 0, optional_type),
        FIELD_LIST("list", Sample, list, 0, inner_type),
        FIELD_OBJECT_MAP("named", Sample, named, 0, key, named_type),
        FIELD_STRING("must", Sample, must, FIELD_REQUIRED),
        {}
};
static OBJECT_TYPE(sample_type, Sample, sample_fields);

static void sample_freep(Sample **sample) {
        *sample = object_free(&sample_type, *sample);
}

static int parse_size(const char *text, size_t size, unsigned options, Sample **ret, Error *error) {
        void *object = NULL;
        int r;

        r = object_parse(&sample_type, text, size, 1024 * 1024, options, NULL, &object, error);
        *ret = object;
        return r;
}

static int parse(const char *text, Sample **ret, Error *error) {
        return parse_size(text, strlen(text), 0, ret, error);
}

/* { "must": "", <members> } */
static int parse_members(const char *members, Sample **ret, Error *error) {
        char text[4096];

        (void) snprintf(text, sizeof(text), "{ \"must\": \"\", %s }", members);
        return parse(text, ret, error);
}

static const char full[] =
        "{\"string\":\"\\u00e4/\\\"\",\"boolean\":true,\"u32\":4294967295,\"i32\":-20,\"u64\":18446744073709551615,"
        "\"i64\":-9223372036854775808,\"optionalBool\":false,\"optionalU32\":0,\"optionalI32\":-1,"
        "\"optionalU64\":9223372036854775808,"
        "\"optionalI64\":9223372036854775807,\"colour\":\"green\",\"colours\":[\"green\",\"rouge\",\"green\"],"
        "\"strings\":[\"\",\"b\"],"
        "\"numbers\":[0,4294967295],\"map\":{\"k\":\"v\",\"\":\"x\"},\"inner\":{\"number\":1},\"optional\":{},"
        "\"list\":[{\"number\":3,\"label\":\"l\"},{\"number\":4}],\"named\":{\"eth0\":{\"flag\":true},\"eth1\":{}},"
        "\"must\":\"m\"}";

TEST(every_kind) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;

        ASSERT_OK_ERROR(parse(full, &s, &error), &error);
        ASSERT_STREQ(s->string, "\xc3\xa4/\"");
        ASSERT_TRUE(s->boolean);
        ASSERT_EQ(s->u32, UINT32_MAX);
        ASSERT_EQ(s->i32, -20);
        ASSERT_TRUE(s->u64 == UINT64_MAX);
        ASSERT_TRUE(s->i64 == INT64_MIN);
        ASSERT_TRUE(s->optional_bool.set && !s->optional_bool.value);
        ASSERT_TRUE(s->optional_u32.set && s->optional_u32.value == 0);
        ASSERT_TRUE(s->optional_i32.set && s->optional_i32.value == -1);
        ASSERT_TRUE(s->optional_u64.set && s->optional_u64.value == UINT64_C(1) << 63);
        ASSERT_TRUE(s->optional_i64.set && s->optional_i64.value == INT64_MAX);
        ASSERT_EQ(s->colour, COLOUR_GREEN);
        ASSERT_TRUE(s->colours.set);
        ASSERT_EQ(s->colours.mask, (1 << COLOUR_RED) | (1 << COLOUR_GREEN));
        ASSERT_EQ(strv_length(s->strings), 2);
        ASSERT_EQ(s->n_numbers, 2);
        ASSERT_EQ(s->numbers[1], UINT32_MAX);
        ASSERT_STREQ(spec_map_get(&s->map, "k"), "v");
        ASSERT_STREQ(spec_map_get(&s->map, ""), "x");
        ASSERT_NULL(spec_map_get(&s->map, "z"));
        ASSERT_EQ(s->inner.number, 1);
        ASSERT_NOT_NULL(s->optional);
        ASSERT_EQ(s->n_list, 2);
        ASSERT_EQ(s->list[1].number, 4);
        ASSERT_STREQ(s->list[0].label, "l");
        ASSERT_EQ(s->n_named, 2);
        ASSERT_STREQ(s->named[0].key, "eth0");
        ASSERT_TRUE(s->named[0].flag);
        ASSERT_STREQ(s->must, "m");
}

TEST(written_text_reads_back) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL, *again = NULL;
        CLEANUP(freep) char *compact = NULL, *second = NULL, *pretty = NULL;

        ASSERT_OK_ERROR(parse(full, &s, &error), &error);
        compact = object_to_json(&sample_type, s, true);
        ASSERT_CONTAINS(compact, "\"u64\":18446744073709551615,\"i64\":-9223372036854775808,");
        ASSERT_CONTAINS(compact, "\"colours\":[\"red\",\"green\"]");
        ASSERT_CONTAINS(compact, "\xc3\xa4/\\\"");
        ASSERT_NOT_CONTAINS(compact, "\n");
        ASSERT_OK_ERROR(parse(compact, &again, &error), &error);
        second = object_to_json(&sample_type, again, true);
        ASSERT_STREQ(second, compact);
        pretty = object_to_json(&sample_type, s, false);
        ASSERT_CONTAINS(pretty, "{\n  \"string\": ");
        ASSERT_CONTAINS(pretty, "  \"strings\": [\n    \"\",\n    \"b\"\n  ],\n");
        ASSERT_TRUE(endswith(pretty, "\n}\n"));
}

TEST(absent_is_left_out) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;
        CLEANUP(freep) char *text = NULL;

        ASSERT_OK_ERROR(parse("{\"must\":\"\",\"boolean\":false,\"strings\":null,\"list\":[],\"colour\":\"\"}", &s, &error),
                        &error);
        ASSERT_NULL(s->strings);
        ASSERT_EQ(s->n_list, 0);
        ASSERT_FALSE(s->colours.set);
        text = object_to_json(&sample_type, s, true);
        ASSERT_STREQ(text, "{\"must\":\"\"}");
}

TEST(places_in_errors) {
        static const struct {
                const char *members;
                const char *text;
        } cases[] = {
                { "\"string\": 1", "string: must be a string, not a number" },
                { "\"boolean\": \"true\"", "boolean: must be true or false, not a string" },
                { "\"boolean\": 1", "boolean: must be true or false, not a number" },
                { "\"u32\": \"7\"", "u32: must be a number, not a string" },
                { "\"u32\": true", "u32: must be a number, not a boolean" },
                { "\"u32\": -1", "u32: must not be negative" },
                { "\"u32\": 4294967296", "u32: does not fit in 32 bits" },
                { "\"i32\": 20", "i32: must be from -20 to 19" },
                { "\"i32\": -21", "i32: must be from -20 to 19" },
                { "\"u64\": -1", "u64: must not be negative" },
                { "\"i64\": 9223372036854775808", "i64: does not fit in 64 bits" },
                { "\"optionalI32\": 2147483648", "optionalI32: does not fit in 32 bits" },
                { "\"u64\": 1e3", "u64: must be a whole number" },
                { "\"u64\": 1.0", "u64: must be a whole number" },
                { "\"colour\": \"blue\"", "colour: unknown value \"blue\"" },
                { "\"colours\": [\"red\", \"blue\"]", "colours[1]: unknown value \"blue\"" },
                { "\"colours\": [\"\"]", "colours[0]: unknown value \"\"" },
                { "\"strings\": [\"a\", 1]", "strings[1]: must be a string, not a number" },
                { "\"strings\": {}", "strings: must be an array, not an object" },
                { "\"strings\": [null]", "strings[0]: must be a string, not null" },
                { "\"numbers\": [1, -1]", "numbers[1]: must not be negative" },
                { "\"map\": {\"a.b\": 1}", "map[\"a.b\"]: must be a string, not a number" },
                { "\"map\": []", "map: must be an object, not an array" },
                { "\"inner\": []", "inner: must be an object, not an array" },
                { "\"inner\": {\"number\": -1}", "inner.number: must not be negative" },
                { "\"list\": [{\"number\": 1}, {}]", "list[1].number: is required" },
                { "\"list\": [{\"number\": 1}, {\"number\": null}]", "list[1].number: is required" },
                { "\"list\": [{\"number\": 11}]", "list[0].number: must be from 0 to 10" },
                { "\"list\": [{\"number\": 1, \"label\": \"\"}]", "list[0].label: must not be empty" },
                { "\"list\": [null]", "list[0]: must be an object, not null" },
                { "\"named\": {\"eth0\": {\"flag\": 1}}", "named[\"eth0\"].flag: must be true or false" },
                { "\"string\": \"a\\u0000b\"", "string: must not contain NUL" },
        };

        FOREACH_ELEMENT(row, cases) {
                CLEANUP(error_done) Error error = {};
                CLEANUP(sample_freep) Sample *s = NULL;

                ASSERT_FAILS(parse_members(row->members, &s, &error), EINVAL);
                ASSERT_NULL(s);
                ASSERT_EQ(strncmp(error_text(&error), row->text, 4), 0);
                ASSERT_ERROR_CONTAINS(&error, row->text);
        }
}

TEST(text_that_is_no_json) {
        static const struct {
                const char *text;
                const char *error;
        } cases[] = {
                { "", "the text is empty" },
                { " \n ", "the text is empty" },
                { "{", "the text ends too early" },
                { "{\"must\":\"", "a string without an end" },
                { "{\"must\":\"\"", "the text ends too early" },
                { "{\"must\":\"\"} x", "text after the end" },
                { "{\"must\":\"\"}{}", "text after the end" },
                { "{\"must\":\"\",}", "JSON, line 1" },
                { "{\"must\":\"\" \"u32\":1}", "JSON, line 1" },
                { "{\n'must':\"\"}", "JSON, line 2, column 1" },
                { "{\"must\":'a'}", "neither a value nor punctuation" },
                { "{\"x\":NaN,\"must\":\"\"}", "neither a value nor punctuation" },
                { "{\"x\":-Infinity,\"must\":\"\"}", "JSON, line 1" },
                { "{\"must\":\"\" /* no */}", "neither a value nor punctuation" },
                { "{\"must\":\"\",\"x\":99999999999999999999999}", "does not fit in 64 bits" },
                { "{\"must\":\"\",\"x\":18446744073709551616}", "does not fit in 64 bits" },
                { "{\"must\":\"\",\"x\":-9223372036854775809}", "does not fit in 64 bits" },
                { "{\"must\":\"\",\"x\":000000000000000000000000000000000000001}", "JSON, line 1" },
                { "{\"must\":\"\",\"x\":0755}", "leading zero" },
                { "{\"must\":\"\",\"x\":-01}", "leading zero" },
                { "{\"must\":\"\",\"x\":00.5}", "leading zero" },
                { "{\"must\":\"\",\"x\":-}", "without digits" },
                { "{\"must\":\"\",\"x\":1.}", "without digits after its point" },
                { "{\"must\":\"\",\"x\":1.e3}", "without digits after its point" },
                { "{\"must\":\"\",\"x\":1e}", "without digits in its exponent" },
                { "{\"must\":\"\",\"x\":1e+}", "without digits in its exponent" },
                { "{\"must\":\"\",\"x\":1e5.0}", "not a number" },
                { "{\"must\":\"\",\"x\":1-2}", "not a number" },
                { "{\"must\":\"\",\"x\":[1,]}", "a comma before the end" },
                { "{\"must\":\"\",\"x\":[1 , \n ]}", "a comma before the end" },
                { "{\"must\":\"\",\"x\":{\"a\":1,}}", "a comma before the end" },
                { "{\"must\":\"\",\"x\":[1,,2]}", "JSON, line 1" },
                { "{\"must\":\"\",\"x\":[,]}", "JSON, line 1" },
                { "{\"must\":\"\",\"must\":\"\"}", "two properties of the same name" },
                { "{\"must\":\"\",\"x\":{\"a\":1,\"\\u0061\":2}}", "two properties of the same name" },
                { "{\"must\\u0000x\":\"\"}", "the name of a property contains NUL" },
                { "{\"must\":\"a\nb\"}", "a control character in a string" },
                { "{\"must\":\"\xff\"}", "JSON, line 1" },
                { "{\"must\":\"\xc3\"}", "JSON, line 1" },
                { "{\"must\":\"\xc3\xc3\xb6\"}", "JSON, line 1" },
                { "[]", "must be an object, not an array" },
                { "null", "must be an object, not null" },
                { "\"x\"", "must be an object, not a string" },
                { "7", "JSON" },
                { "True", "neither a value nor punctuation" },
                { "}", "JSON, line 1" },
        };

        FOREACH_ELEMENT(row, cases) {
                CLEANUP(error_done) Error error = {};
                CLEANUP(sample_freep) Sample *s = NULL;

                if (parse(row->text, &s, &error) >= 0)
                        FAIL("accepted: %s", row->text);
                ASSERT_EQ(error.number, -EINVAL);
                ASSERT_ERROR_CONTAINS(&error, row->error);
        }
}

TEST(text_beyond_ascii) {
        static const struct {
                const char *text;
                const char *must;
        } cases[] = {
                { "{\"must\":\"M\xc3\xbcller\"}", "M\xc3\xbcller" },
                { "{\"must\":\"M\\u00fcller\"}", "M\xc3\xbcller" },
                { "{\"must\":\"\xe6\x97\xa5\xe6\x9c\xac\"}", "\xe6\x97\xa5\xe6\x9c\xac" },
                { "{\"must\":\"\xf0\x9f\x90\xb3\"}", "\xf0\x9f\x90\xb3" },
                { "{\"must\":\"\\ud83d\\udc33\"}", "\xf0\x9f\x90\xb3" },
                { "{\"must\":\"\x7f\"}", "\x7f" },
                { "{\"x\xc3\xb6\":[-0, 1.5, 1E-5, \"\xc3\xa4,]\"] , \"must\":\"a,}\" }", "a,}" },
        };

        FOREACH_ELEMENT(row, cases) {
                CLEANUP(error_done) Error error = {};
                CLEANUP(sample_freep) Sample *s = NULL;

                if (parse(row->text, &s, &error) < 0)
                        FAIL("%s: %s", row->text, error_text(&error));
                ASSERT_STREQ(s->must, row->must);
        }
}

TEST(bytes_beyond_the_size_are_not_read) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(freep) char *text = NULL;

        /* On the heap and without NUL, so that the address sanitizer sees one byte too many. */
        for (size_t size = 0; size <= strlen(full); size++) {
                CLEANUP(sample_freep) Sample *s = NULL;

                text = malloc(size ? size : 1);
                ASSERT_NOT_NULL(text);
                memcpy(text, full, size);
                if (size < strlen(full))
                        ASSERT_FAILS(parse_size(text, size, 0, &s, &error), EINVAL);
                else
                        ASSERT_OK_ERROR(parse_size(text, size, 0, &s, &error), &error);
                error_done(&error);
                free(TAKE_PTR(text));
        }
}

TEST(nul_in_the_text) {
        static const char text[] = "{\"must\":\"\"}\0";
        static const char inside[] = "{\"must\":\0\"\"}";
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;

        ASSERT_FAILS(parse_size(text, sizeof(text) - 1, 0, &s, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "text after the end");
        ASSERT_FAILS(parse_size(inside, sizeof(inside) - 1, 0, &s, &error), EINVAL);
}

static char *nested(size_t depth) {
        Text text = {};

        text_add(&text, "{\"must\":\"\",\"x\":");
        for (size_t i = 0; i < depth; i++)
                text_add(&text, "[");
        for (size_t i = 0; i < depth; i++)
                text_add(&text, "]");
        text_add(&text, "}");
        return text_take(&text);
}

TEST(depth) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;
        CLEANUP(freep) char *shallow = nested(20), *deep = nested(33), *abyss = nested(400000);

        ASSERT_OK_ERROR(parse(shallow, &s, &error), &error);
        sample_freep(&s);
        ASSERT_FAILS(parse(deep, &s, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "nesting too deep");
        ASSERT_FAILS(parse(abyss, &s, &error), EINVAL);
}

TEST(size_cap) {
        CLEANUP(error_done) Error error = {};
        void *object;

        ASSERT_FAILS(object_parse(&sample_type, full, strlen(full), strlen(full) - 1, 0, NULL, &object, &error), EFBIG);
        ASSERT_ERROR_CONTAINS(&error, "larger than");
}

TEST(too_many_items) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;
        CLEANUP(freep) char *string = NULL;
        Text text = {};

        text_add(&text, "{\"list\":[{}");
        for (int i = 0; i < 65536; i++)
                text_add(&text, ",{}");
        text_add(&text, "],\"must\":\"\"}");
        string = text_take(&text);
        ASSERT_FAILS(parse(string, &s, &error), EINVAL);
        ASSERT_ERROR_CONTAINS(&error, "list: has more than 65536 items");
}

TEST(unknown_properties_are_ignored) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;

        ASSERT_OK_ERROR(parse_members("\"x\": 1.5e3, \"y\": {\"z\": [null, true]}, \"STRING\": 7", &s, &error), &error);
        ASSERT_NULL(s->string);
}

TEST(place_of_the_top) {
        CLEANUP(error_done) Error error = {};
        void *object;

        ASSERT_FAILS(object_parse(&sample_type, "{}", 2, 100, 0, "process", &object, &error), EINVAL);
        ASSERT_STREQ(error_text(&error), "process.must: is required");
        error_done(&error);
        ASSERT_FAILS(object_parse(&sample_type, "[]", 2, 100, 0, "process", &object, &error), EINVAL);
        ASSERT_STREQ(error_text(&error), "process: must be an object, not an array");
}

TEST(errors_do_not_repeat_long_values) {
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;
        char members[1100] = "\"colour\": \"";

        memset(members + strlen(members), 'x', 1000);
        strcat(members, "\"");
        ASSERT_FAILS(parse_members(members, &s, &error), EINVAL);
        ASSERT_LT(strlen(error_text(&error)), 200);
}

TEST(like_go) {
        static const char text[] = "{\"MUST\":\"a\",\"must\":\"b\",\"String\":\"c\",\"U32\":5,\"STRINGS\":null} trailing {";
        CLEANUP(error_done) Error error = {};
        CLEANUP(sample_freep) Sample *s = NULL;

        ASSERT_FAILS(parse_size(text, strlen(text), 0, &s, &error), EINVAL);
        error_done(&error);
        ASSERT_OK_ERROR(parse_size(text, strlen(text), OBJECT_LIKE_GO, &s, &error), &error);
        ASSERT_STREQ(s->must, "b");
        ASSERT_STREQ(s->string, "c");
        ASSERT_EQ(s->u32, 5);
        sample_freep(&s);
        ASSERT_OK_ERROR(parse_size("{\"must\":\"a\",\"must\":\"z\"}", 23, OBJECT_DUPLICATES, &s, &error), &error);
        ASSERT_STREQ(s->must, "z");
}

TEST(maps) {
        CLEANUP(spec_map_done) SpecMap map = {}, copy = {};

        ASSERT_OK(spec_map_set(&map, "a", "1"));
        ASSERT_OK(spec_map_set(&map, "b", "2"));
        ASSERT_OK(spec_map_set(&map, "a", "3"));
        ASSERT_EQ(map.n_items, 2);
        ASSERT_OK(spec_map_copy(&map, &copy));
        ASSERT_OK(spec_map_set(&map, "b", "9"));
        ASSERT_STREQ(spec_map_get(&copy, "a"), "3");
        ASSERT_STREQ(spec_map_get(&copy, "b"), "2");
        ASSERT_OK(spec_map_copy(&(const SpecMap) {}, &(SpecMap) {}));
}

TEST(words) {
        ASSERT_EQ(field_word_value(colours, "rouge"), COLOUR_RED);
        ASSERT_EQ(field_word_value(colours, "RED"), 0);
        ASSERT_STREQ(field_word_name(colours, COLOUR_RED), "red");
        ASSERT_NULL(field_word_name(colours, 9));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints the table of knobs as JSON, for the test that walks it in a machine with every controller (tests/vm/test-knobs). */

#include <stdio.h>

#include "resource/knobs.h"

static void print_string(const char *name, const char *value) {
        printf("\"%s\": ", name);
        if (value)
                printf("\"%s\", ", value);
        else
                printf("null, ");
}

int main(void) {
        printf("[");
        for (const Knob *knob = knobs; knob->field || knob->file; knob++) {
                printf("%s\n  {", knob > knobs ? "," : "");
                print_string("field", knob->field);
                print_string("file", knob->file);
                print_string("property", knob->property);
                printf("\"since\": %u, \"unified\": %s}", knob->since, knob->parse ? "true" : "false");
        }
        printf("\n]\n");
        return 0;
}

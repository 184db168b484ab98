/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Output for people. Invariant: nothing that a container, a bundle or an image says is obeyed by a terminal. The programs' verbs and the log's stderr end here. */

#include "base/show.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

int show(FILE *stream, const char *text, size_t size) {
        CLEANUP(text_done) Text visible = {};

        if (isatty(fileno(stream))) {
                text_add_visible(&visible, text, size, "\n\t");
                if (text_failed(&visible))
                        return -ENOMEM;
                text = visible.string;
                size = visible.length;
        }
        return size == 0 || fwrite(text, 1, size, stream) == size ? 0 : -EIO;
}

int showf(FILE *stream, const char *format, ...) {
        CLEANUP(text_done) Text text = {};
        va_list arguments;

        va_start(arguments, format);
        text_addv(&text, format, arguments);
        va_end(arguments);
        return text_failed(&text) ? -ENOMEM : show(stream, text.string, text.length);
}

void show_field(Text *text, bool terminal, const char *field) {
        if (terminal)
                text_add_visible(text, field, strlen(field), "");
        else
                text_add(text, field);
}

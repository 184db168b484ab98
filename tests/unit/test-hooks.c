/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* container/hooks.c: what a hook wrote becomes part of an error's text. */

#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "container/hooks.h"
#include "test.h"

TEST(output_of_a_hook) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(fd_closep) int fd = memfd_create("output", MFD_CLOEXEC);

        ASSERT_OK(fd);
        ASSERT_OK(fd_write_all(fd, "no such\033 host\n\n", 16));
        hook_add_output(&text, fd);
        ASSERT_STREQ(text.string, ", stderr: no such\\x1b host");
}

/* A file that somebody else sent could block for good: nobody writes to this pipe. */
TEST(output_that_is_no_file_in_memory) {
        CLEANUP(text_done) Text text = {};
        int fds[2];

        ASSERT_OK(pipe(fds));
        hook_add_output(&text, fds[0]);
        hook_add_output(&text, -EBADF);
        ASSERT_EQ(text.length, 0);
        fd_close(fds[0]);
        fd_close(fds[1]);
}

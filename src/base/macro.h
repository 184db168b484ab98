/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The dialect: cleanup attributes, hand-over of ownership, sizes. Freestanding: berth-init includes it too. */

#include <stddef.h>
#include <stdint.h>

#define CLEANUP(f) __attribute__((cleanup(f)))

/* Hands a value over and leaves the "nothing" of its type behind, so that the cleanup attribute of the old owner does nothing. */
#define TAKE(variable, none) \
        ({ \
                __typeof__(variable) taken_ = (variable); \
                (variable) = (none); \
                taken_; \
        })
#define TAKE_PTR(pointer) TAKE(pointer, NULL)
#define TAKE_FD(fd) TAKE(fd, -EBADF)

/* Defines destroyp(), to be named in CLEANUP(), for a destroy function that takes NULL and returns NULL. */
#define DEFINE_CLEANUP(type, destroy) \
        static inline void destroy##p(type *value) { \
                if (*value) \
                        *value = destroy(*value); \
        }

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))
#define FOREACH_ELEMENT(element, array) \
        for (__typeof__(&(array)[0]) element = (array); element < (array) + ELEMENTSOF(array); element++)

#define PRINTF(string, first) __attribute__((format(printf, string, first)))

/* True for a bit mask that has all bits of another. */
#define FLAGS_SET(value, flags) (((value) & (flags)) == (flags))

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Negative errno to D-Bus error name. Invariant: whatever a verb fails with, the caller gets one of the names of org.berth1(5) and a text. */

#include "daemon/errors.h"

#include <errno.h>
#include <string.h>

#include "base/strv.h"

static const BusErrorName usual[] = {
        { ENOENT, BUS_ERROR_NO_SUCH_CONTAINER },
        { EEXIST, BUS_ERROR_CONTAINER_EXISTS },
        { ESRCH, BUS_ERROR_NOT_RUNNING },
        { EBUSY, BUS_ERROR_WRONG_STATE },
        { EINVAL, BUS_ERROR_INVALID_ARGUMENT },
        { ERANGE, BUS_ERROR_INVALID_ARGUMENT },
        { EBADMSG, BUS_ERROR_INVALID_ARGUMENT },
        { EOPNOTSUPP, BUS_ERROR_NOT_SUPPORTED },
        { ENOSYS, BUS_ERROR_NOT_SUPPORTED },
        { ETIME, BUS_ERROR_TIMEOUT },
        { ETIMEDOUT, BUS_ERROR_TIMEOUT },
        { ENOMEM, SD_BUS_ERROR_NO_MEMORY },
        { EACCES, SD_BUS_ERROR_ACCESS_DENIED },
        { EPERM, SD_BUS_ERROR_ACCESS_DENIED },
        {}
};

static const char *find(const BusErrorName *names, int number) {
        for (; names && names->name; names++)
                if (names->number == -number)
                        return names->name;
        return NULL;
}

const char *bus_error_name(int number, const BusErrorName *special) {
        const char *name = find(special, number);

        if (!name)
                name = find(usual, number);
        return name ? name : BUS_ERROR_FAILED;
}

int bus_error_fill(sd_bus_error *error, int number, const char *text, const BusErrorName *special) {
        return sd_bus_error_set(error, bus_error_name(number, special), isempty(text) ? strerror(-number) : text);
}

int bus_error_no_container(sd_bus_error *error, const char *id) {
        return sd_bus_error_setf(error, BUS_ERROR_NO_SUCH_CONTAINER, "container %.255s does not exist", id);
}

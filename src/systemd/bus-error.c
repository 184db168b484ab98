/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of D-Bus errors and of jobs' results (org.freedesktop.systemd1(5)), as tables. */

#include "systemd/bus-error.h"

#include <errno.h>

#include "base/macro.h"
#include "base/strv.h"

/* Errors that something here or above decides by; of the rest only the text counts. */
static const struct {
        const char *name;
        int number;
} error_names[] = {
        { "org.freedesktop.systemd1.UnitExists", -EEXIST },
        { "org.freedesktop.systemd1.NoSuchUnit", -ENOENT },
        { "org.freedesktop.systemd1.NoUnitForPID", -ENOENT },
        { "org.freedesktop.systemd1.NoUnitForInvocationID", -ENOENT },
        { "org.freedesktop.systemd1.UnitBusy", -EBUSY },
        { "org.freedesktop.systemd1.UnitInactive", -ESRCH },
        { "org.freedesktop.systemd1.FreezeCancelled", -ECANCELED },
        { "org.freedesktop.systemd1.TransactionIsDestructive", -EDEADLK },
        { "org.freedesktop.systemd1.ShuttingDown", -ESHUTDOWN },
        { "org.freedesktop.systemd1.UnitMasked", -ERFKILL },
        { "org.freedesktop.systemd1.LoadFailed", -EIO },
        { "org.freedesktop.systemd1.BadUnitSetting", -ENOEXEC },
        { "org.freedesktop.systemd1.NoSuchProcess", -ESRCH },
        { "org.freedesktop.systemd1.ConcurrencyLimitReached", -EUSERS },
        { "org.freedesktop.DBus.Error.UnixProcessIdUnknown", -ESRCH },
        { "org.freedesktop.DBus.Error.InvalidArgs", -EINVAL },
        { "org.freedesktop.DBus.Error.PropertyReadOnly", -EROFS },
        { "org.freedesktop.DBus.Error.UnknownProperty", -EROFS },
        { "org.freedesktop.DBus.Error.UnknownInterface", -EROFS },
        { "org.freedesktop.DBus.Error.UnknownObject", -ENOENT },
        { "org.freedesktop.DBus.Error.NotSupported", -EOPNOTSUPP },
        { "org.freedesktop.DBus.Error.AccessDenied", -EACCES },
        { "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", -EACCES },
        { "org.freedesktop.DBus.Error.LimitsExceeded", -ENOBUFS },
        { "org.freedesktop.DBus.Error.NoReply", -ETIME },
        { "org.freedesktop.DBus.Error.Timeout", -ETIME },
        { "org.freedesktop.DBus.Error.Disconnected", -ECONNRESET },
        { "org.freedesktop.DBus.Error.ServiceUnknown", -EHOSTDOWN },
        { "org.freedesktop.DBus.Error.NameHasNoOwner", -EHOSTDOWN },
};

int bus_error_name_to_errno(const char *name) {
        FOREACH_ELEMENT(entry, error_names)
                if (streq(name, entry->name))
                        return entry->number;
        /* There is nobody of that name at the moment, and the bus cannot start systemd. */
        return startswith(name, "org.freedesktop.DBus.Error.Spawn.") ? -EHOSTDOWN : 0;
}

static const struct {
        const char *result;
        int number;
        const char *text;
} results[] = {
        { "done", 0, NULL },
        { "canceled", -ECANCELED, "canceled by another job" },
        { "timeout", -ETIME, "its job timed out" },
        { "dependency", -EIO, "a unit that it needs failed" },
        { "failed", -EIO, "failed" },
        { "skipped", -EOPNOTSUPP, "skipped" },
        { "invalid", -ENOEXEC, "not valid for this unit" },
        { "assert", -EPROTO, "an assertion failed" },
        { "unsupported", -EOPNOTSUPP, "not supported here" },
        { "collected", -ECANCELED, "the unit was collected" },
        { "once", -ESTALE, "the unit was started once already" },
};

int job_result_report(const char *result, const char *action, const char *unit, Error *error) {
        FOREACH_ELEMENT(entry, results)
                if (streq(entry->result, result))
                        return entry->number < 0 ? error_set(error, entry->number, "%s %s: %s", action, unit, entry->text) : 0;
        return error_set(error, -EIO, "%s %s: job result %s", action, unit, result);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a bundle and its options say of the stop. Invariant: systemd knows the same signal as we do and waits longer than a supervisor does, so that its own
 * kill comes only after ours. Called while a bundle is compiled. */

#include "launch/stop-rule.h"

#include <errno.h>
#include <signal.h>

#include "base/process.h"
#include "base/strv.h"

#define STOP_SIGNAL_ANNOTATION "org.opencontainers.image.stopSignal"
/* For the kill, the hooks and the record. */
#define MARGIN_USEC (20 * USEC_PER_SEC)

static Property *find_or_add(ResourceSet *set, const char *name, PropertyType type) {
        for (size_t i = 0; i < set->n_properties; i++)
                if (streq(set->properties[i].name, name))
                        return &set->properties[i];
        return resource_set_add_property(set, name, type);
}

static int find_signal(const LaunchOptions *options, const Compiled *compiled, int *ret, Error *error) {
        const Property *property = resource_set_find(compiled->resources, "KillSignal");
        const SpecMap *annotations = &compiled->spec->annotations;
        const char *annotation = NULL;

        for (size_t i = 0; i < annotations->n_items; i++)
                if (streq(annotations->items[i].key, STOP_SIGNAL_ANNOTATION))
                        annotation = annotations->items[i].value;
        /* By SIGTERM systemd starts itself anew. */
        *ret = compiled->machine.is_machine ? SIGRTMIN + 3 : SIGTERM;
        if (options->stop_signal) {
                *ret = signal_from_string(options->stop_signal);
                return *ret <= 0 ? error_set(error, -EINVAL, "--stop-signal %s: unknown signal", options->stop_signal) : 0;
        }
        /* Engines give the image's signal always; a property was asked for by a person. */
        if (property && property->i64 > 0 && property->i64 <= SIGRTMAX) {
                *ret = (int) property->i64;
                return 0;
        }
        if (!isempty(annotation)) {
                *ret = signal_from_string(annotation);
                return *ret <= 0 ? error_set(error, -EINVAL, "annotations[" STOP_SIGNAL_ANNOTATION "]: unknown signal \"%s\"", annotation) : 0;
        }
        return 0;
}

/* On the way down the bus must outlive us: by it we are asked. */
static int put_order(ResourceSet *set) {
        Property *after = find_or_add(set, "After", PROPERTY_STRV);

        if (!after)
                return -ENOMEM;
        if (strv_contains(after->strv, "dbus.service"))
                return 0;
        return strv_append(&after->strv, "dbus.service") < 0 || strv_append(&after->strv, "dbus.socket") < 0 ? -ENOMEM : 0;
}

static int put_properties(const StopRule *rule, bool supervised, bool has_grace, ResourceSet *set) {
        Property *property;

        if (rule->signal != SIGTERM || resource_set_find(set, "KillSignal")) {
                property = find_or_add(set, "KillSignal", PROPERTY_I32);
                if (!property)
                        return -ENOMEM;
                property->i64 = rule->signal;
        }
        if (supervised || has_grace) {
                uint64_t margin_usec = supervised ? MARGIN_USEC : 0;

                property = find_or_add(set, "TimeoutStopUSec", PROPERTY_U64);
                if (!property)
                        return -ENOMEM;
                property->u64 = rule->grace_usec < UINT64_MAX - margin_usec ? rule->grace_usec + margin_usec : UINT64_MAX;
        }
        return supervised ? put_order(set) : 0;
}

int stop_rule_compile(const LaunchOptions *options, Compiled *compiled, Error *error) {
        ResourceSet *set = compiled->resources;
        StopRule *ret = &compiled->stop;
        const Property *timeout = resource_set_find(set, "TimeoutStopUSec");
        /* A person who types run expects systemctl stop to take our grace time, not the 90 s of the manager. An engine creates, and stops by itself. */
        bool has_grace = timeout || options->stop_timeout_usec > 0 || options->start;
        int r = find_signal(options, compiled, &ret->signal, error);

        if (r < 0)
                return r;
        ret->grace_usec = STOP_GRACE_DEFAULT_USEC;
        if (timeout)
                ret->grace_usec = timeout->u64;
        if (options->stop_timeout_usec > 0)
                ret->grace_usec = options->stop_timeout_usec;
        return set->unit ? put_properties(ret, options->foreground, has_grace, set) : 0;
}

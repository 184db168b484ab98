/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "resource/set.h"
#include "spec/spec.h"

/* Everything of linux.resources but the device rules, as one table with a row for each knob. */

typedef struct Compile {
        const SpecResources *resources;
        ResourceSet *set;
        bool update;                    /* of a running container: what is not given stays as it is */
        bool lenient;                   /* a bundle of before 1.0: what only cgroup v1 had is no error */
        bool files;                     /* no unit of systemd's: properties become their files (resource_lower()) */
        const SpecResources *changes;   /* of an update, when resources have what was set before in them too; else NULL */
} Compile;

typedef struct Knob Knob;
struct Knob {
        const char *field;              /* in config.json; NULL: only through unified */
        const char *file;               /* where the kernel has it, and its key in unified; "%s" stands for a page size */
        const char *property;           /* systemd's, which then owns the file of a unit; NULL: the file is written */
        PropertyType type;
        unsigned since;                 /* systemd that brought the property, if that is newer than 252 */
        const char *controller;         /* that the kernel needs; NULL: none, or none that counts */
        size_t section, member;         /* offset of the pointer in SpecResources, and of the value in what it points to */
        /* from the field; NULL: none */
        int (*compile)(const Knob *knob, const Compile *compile, Error *error);
        /* from unified; NULL: none */
        int (*parse)(const Knob *knob, const char *value, const Compile *compile, Error *error);
        /* puts the property's value as lines of the file, for a cgroup that systemd does not answer for; NULL: there is no property */
        int (*lower)(const Knob *knob, const Property *property, const Compile *compile);
};

/* Ends with a row of zeros. */
extern const Knob knobs[];

/* All of compile->resources (NULL: nothing is asked for). */
int knobs_compile(const Compile *compile, Error *error);
/* The row of a property, or NULL. */
const Knob *knob_by_property(const char *property);
/* Makes files of all properties of compile->set: the same rows, for a cgroup that systemd does not answer for. */
int knobs_lower(const Compile *compile);

/* The conversions, for tests. */
uint64_t cpu_shares_to_weight(uint64_t shares);
uint64_t cpu_quota_per_second(uint64_t quota_usec, uint64_t period_usec);
uint64_t io_weight_from_bfq(uint64_t weight);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The flags of update, by their place in Arguments.update. */
typedef enum UpdateFlag {
        UPDATE_BLKIO_WEIGHT,
        UPDATE_CPU_PERIOD,
        UPDATE_CPU_QUOTA,
        UPDATE_CPU_BURST,
        UPDATE_CPU_SHARE,
        UPDATE_CPU_RT_PERIOD,
        UPDATE_CPU_RT_RUNTIME,
        UPDATE_CPU_IDLE,
        UPDATE_CPUSET_CPUS,
        UPDATE_CPUSET_MEMS,
        UPDATE_KERNEL_MEMORY,
        UPDATE_KERNEL_MEMORY_TCP,
        UPDATE_MEMORY,
        UPDATE_MEMORY_RESERVATION,
        UPDATE_MEMORY_SWAP,
        UPDATE_PIDS_LIMIT,
        UPDATE_L3_CACHE_SCHEMA,
        UPDATE_MEM_BW_SCHEMA,
        _UPDATE_FLAG_MAX,
} UpdateFlag;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"
#include "spec/spec.h"

/* linux.netDevices: moves interfaces of the host into the network namespace ns_fd, under their new names, up, with the permanent addresses of
 * global scope that they had. When one of them cannot be had, those that were moved already are back on the host, as they were named. */
int net_devices_move(const SpecNetDevice *devices, size_t n_devices, int ns_fd, Error *error);
/* Takes them back, for a container that did not come to be. Not an error: some that are not there. */
void net_devices_return(const SpecNetDevice *devices, size_t n_devices, int ns_fd);

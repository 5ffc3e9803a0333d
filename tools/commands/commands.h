#pragma once

#include "tools/config/commands.h"

namespace fno {

/// The smaller subcommands. Results go to standard output, progress to standard error; each returns its exit status
/// and throws Error for anything that goes wrong.
int run_simulate_darcy(const config::SimulateDarcyOptions& options);
int run_inspect(const config::InspectOptions& options);
int run_devices(const config::DevicesOptions& options);

}  // namespace fno

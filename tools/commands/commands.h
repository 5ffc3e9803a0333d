#pragma once

#include <string>
#include <vector>

#include "tools/config/arms.h"
#include "tools/config/commands.h"

namespace fno {

/// The smaller subcommands. Results go to standard output, progress to standard error; each returns its exit status
/// and throws Error for anything that goes wrong.
int run_simulate_darcy(const config::SimulateDarcyOptions& options);
int run_simulate_grid_lines(const config::SimulateGridLinesOptions& options);
int run_inspect(const config::InspectOptions& options);
int run_devices(const config::DevicesOptions& options);
int run_plan(const config::PlanOptions& options);

/// The commands that train several networks (tools/compare, tools/study). `arguments`: as typed, the program first.
int run_compare(const config::CompareOptions& options, const std::vector<std::string>& arguments);
int run_study(const config::StudyOptions& options, const std::vector<std::string>& arguments);
int run_report(const config::ReportOptions& options);

}  // namespace fno

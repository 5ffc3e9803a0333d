#pragma once

#include <string>
#include <vector>

#include "tools/settings/arms.h"
#include "tools/settings/commands.h"

namespace fno {

/// The smaller subcommands. Results go to standard output, progress to standard error; each returns its exit status
/// and throws Error for anything that goes wrong.
int run_simulate_darcy(const settings::SimulateDarcyOptions& options);
int run_simulate_grid_lines(const settings::SimulateGridLinesOptions& options);
int run_inspect(const settings::InspectOptions& options);
int run_devices(const settings::DevicesOptions& options);
int run_plan(const settings::PlanOptions& options);

/// The commands that train several networks (tools/compare, tools/study). `arguments`: as typed, the program first.
int run_compare(const settings::CompareOptions& options, const std::vector<std::string>& arguments);
int run_study(const settings::StudyOptions& options, const std::vector<std::string>& arguments);
int run_report(const settings::ReportOptions& options);

}  // namespace fno

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/settings/command_line.h"
#include "tools/tasks/ptychography/grid_lines_rows.h"

namespace fno::ptychography {

/// What commands that train several arms have in common: the flags of `fno simulate grid-lines` for the data, every
/// training flag of --task ptychography for all arms, and where the results go.
struct ArmsOptions : settings::CommonOptions {
  std::string output_dir;
  std::optional<std::string> data_dir;  ///< folder with train.npz and test.npz; absent: OUT/datasets/N<N>/gs<G>
  std::string architectures;            ///< "hybrid,stable_hybrid"
  std::optional<std::string> seeds;     ///< "1,2,3"; absent: --seed alone
  bool force = false;
  GridLines data;
  std::vector<settings::Request> training;  ///< training settings as they were asked for, in any order
};

/// The arms of a run, in the order asked for. Errors: config for an unknown or repeated name.
[[nodiscard]] std::vector<std::string> architectures_of(const ArmsOptions& options);
/// Seeds of the weights. Errors: config for what is not a list of seeds.
[[nodiscard]] std::vector<std::int64_t> seeds_of(const ArmsOptions& options);

/// Where the data of all arms stand or will stand.
[[nodiscard]] std::string data_folder(const ArmsOptions& options);

/// Where one arm's run reads and writes; the defaults are for settings whose files nobody opens.
struct ArmPlace {
  std::string train = "train.npz", test = "test.npz";
  std::optional<std::string> validation = {};
  std::string run = "run";
};

/// The settings with which `fno train` would train this arm: the training flags, and what only the arm decides.
/// `more` wins over all of them. Errors: config, as for fno train.
[[nodiscard]] settings::Settings arm_settings(const ArmsOptions& options, const std::string& architecture,
                                              std::int64_t seed, const ArmPlace& place = {},
                                              const std::vector<settings::Request>& more = {});

/// A request as --set would make it.
[[nodiscard]] settings::Request request(const std::string& key, const std::string& value);

/// The rule of --architectures: one name or several with commas between. Their names are looked at by architectures_of.
[[nodiscard]] settings::Rule arm_list();
/// The architectures of the task, in words.
[[nodiscard]] std::string arm_names();

/// The rows of ArmsOptions with `own` among them and the common ones behind.
template <class Options>
std::vector<settings::Row<Options>> arms_rows(std::vector<settings::Row<Options>> own) {
  using O = Options;
  using settings::flag;
  std::vector<settings::Row<O>> rows{flag<O, &O::output_dir>({.key = "output_dir",
                                                              .rule = settings::path(),
                                                              .help = "folder for runs, tables and figures",
                                                              .metavar = "OUT",
                                                              .required = true})};
  for (auto& row : own) rows.push_back(std::move(row));
  rows.push_back(flag<O, &O::data_dir>({.key = "data_dir",
                                        .rule = settings::path(),
                                        .help = "data of fno simulate grid-lines; must agree with the flags",
                                        .metavar = "DIR",
                                        .fallback_text = "OUT/datasets, made if absent"}));
  rows.push_back(flag<O, &O::seeds>({.key = "seeds",
                                     .rule = settings::text(settings::not_empty, "seeds with commas between"),
                                     .help = "several seeds of the weights",
                                     .metavar = "A,B,…",
                                     .fallback_text = "--seed"}));
  rows.push_back(flag<O, &O::force>({.key = "force",
                                     .rule = settings::toggle(),
                                     .help = "delete the runs that stand in the folders of these arms",
                                     .torch_prefix = true}));
  for (auto& row : grid_lines_rows<O, &O::data>("0")) {
    row.section = "Data";
    rows.push_back(std::move(row));
  }
  return settings::with_common(std::move(rows), "Arms");
}

/// All flags of such a command: its own, and those of train that act on every arm: --config, --set and the rows under
/// Model, Optimisation and Training.
[[nodiscard]] std::vector<settings::RowInfo> arms_flags(std::vector<settings::RowInfo> own);
/// Printed behind their help.
inline constexpr const char* kArmsNotes =
    "Flags under Model, Optimisation and Training may carry the prefix --torch-; without one of them fno train's\n"
    "defaults for --task ptychography hold.\n";

/// What is left to be done once the own rows have been read: training requests, checks, seeds of the noise.
void complete(ArmsOptions& options, const std::vector<settings::Given>& given,
              const std::vector<settings::Given>& training, std::int64_t noise_seed);

}  // namespace fno::ptychography

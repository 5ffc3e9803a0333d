#pragma once

#include <string>
#include <vector>

#include "tools/settings/commands.h"
#include "tools/settings/resolve.h"

namespace fno::settings {

/// What commands that train several arms have in common: the flags of `fno simulate grid-lines` for the data, every
/// training flag of --task ptychography for all arms, and where the results go.
struct ArmsOptions : CommonOptions, GridLinesSettings {
  std::string output_dir;
  std::optional<std::string> data_dir;  ///< folder with train.npz and test.npz; absent: OUT/datasets/N<N>/gs<G>
  std::string architectures;            ///< "hybrid,stable_hybrid"
  std::optional<std::string> seeds;     ///< "1,2,3"; absent: --seed alone
  bool force = false;
  std::vector<Request> training;  ///< training settings as they were asked for, in any order
};

/// fno compare
struct CompareOptions : ArmsOptions {
  bool resume = false;  ///< unfinished arms go on from their checkpoints
};

enum class StudyProfileSize { small, full };
template <>
inline constexpr std::array<std::string_view, 2> kNames<StudyProfileSize>{"small", "full"};

enum class StudyPart { cells, factors, mechanism, remedy, report, all };
template <>
inline constexpr std::array<std::string_view, 6> kNames<StudyPart>{"cells",  "factors", "mechanism",
                                                                   "remedy", "report",  "all"};

/// fno study stage-a
struct StudyOptions : ArmsOptions {
  StudyProfileSize run_size{};  ///< not "size", which is that of an object
  StudyPart part{};
  std::optional<double> minutes;  ///< no further run is begun after so long
  /// Objects a split as they were asked for, in place of nimgs_train and nimgs_test: the profile has its own number.
  std::optional<std::int64_t> images_train, images_test;
};

/// fno report
struct ReportOptions : CommonOptions {
  std::vector<std::string> runs;
  std::string output_dir;
};

/// fno plan: a network and a batch without data.
struct PlanOptions : CommonOptions {
  Settings settings;                     ///< as train would have them
  std::int64_t points = 64;              ///< --N: side of a patch, ptychography
  std::int64_t inputs = 1, outputs = 1;  ///< channels, operator
  std::vector<std::int64_t> grid;        ///< operator: of --grid "16,16", or of the data file
};

/// The arms of a run, in the order asked for. Errors: config for an unknown or repeated name.
[[nodiscard]] std::vector<std::string> architectures_of(const ArmsOptions& options);
/// Seeds of the weights. Errors: config for what is not a list of seeds.
[[nodiscard]] std::vector<std::int64_t> seeds_of(const ArmsOptions& options);

/// Where one arm's run reads and writes.
struct ArmPlace {
  std::string train, test;
  std::optional<std::string> validation;
  std::string run;
};

/// The settings with which `fno train` would train this arm: the training flags, and what only the arm decides.
/// `more` wins over all of them. Errors: config, as for fno train.
[[nodiscard]] Settings arm_settings(const ArmsOptions& options, const std::string& architecture, std::int64_t seed,
                                    const ArmPlace& place, const std::vector<Request>& more = {});

/// A request as --set would make it.
[[nodiscard]] Request request(const std::string& key, const std::string& value);

[[nodiscard]] std::vector<Row<CompareOptions>> compare_rows();
[[nodiscard]] std::vector<Row<StudyOptions>> study_rows();
[[nodiscard]] std::vector<Row<PlanOptions>> plan_rows();
/// Flags of train that act on every arm: --config, --set and the rows under Model, Optimisation and Training.
[[nodiscard]] std::vector<RowInfo> arm_training_rows();

}  // namespace fno::settings

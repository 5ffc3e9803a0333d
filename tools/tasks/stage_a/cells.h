#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/tasks/stage_a/profile.h"
#include "tools/tasks/stage_a/run_row.h"

namespace fno::stage_a {

/// Settings by key, as --set takes them.
using Changes = std::vector<std::pair<std::string, std::string>>;

/// One corner of the cross {hybrid, stable_hybrid} x {no clip, norm 1.0} x {gain batch with the short last batch, gain
/// fixed:16 without}.
struct Cell {
  std::string name;  ///< "hybrid-noclip-batch"
  std::string architecture;
  Changes settings;
};

/// The cells of Stage A specification, section 15.A.2, for the architectures asked for.
[[nodiscard]] std::vector<Cell> cells_of(const std::vector<std::string>& architectures);

/// The cell of that name. Errors: config.
[[nodiscard]] Cell cell_named(const StudyProfile& profile, const std::string& name);

/// A departure from a cell. `factor`: schedule, rate or form, or remedy.
struct Change {
  std::string name, factor;
  Changes settings;
};

/// One factor at a time. Those that are the cell itself are left out: its own base rate; forms for other blocks than
/// the stable one.
[[nodiscard]] std::vector<Change> changes_for(const Cell& cell, double base_rate);

/// One run to do.
struct RunPlan {
  std::string part;  ///< cells, factors, order, mechanism, remedy
  Cell cell;
  Change change = {};  ///< of empty name: the cell as it is
  std::int64_t weight_seed = 0, loader_seed = 0;

  [[nodiscard]] RunKey key() const { return {cell.name, change.name, weight_seed, loader_seed}; }
};

/// Seeds outside, so that a study cut short has every cell equally often.
[[nodiscard]] std::vector<RunPlan> plan_cells(const StudyProfile& profile);

/// What the rows say of a cell: runs that are not void, of the cell as it is, weights and order of one seed. A rate is
/// over those that had the memory they needed.
struct CellCount {
  int collapsed = 0, runs = 0, out_of_memory = 0;
  [[nodiscard]] double rate() const {
    return runs == out_of_memory ? 0 : static_cast<double>(collapsed) / (runs - out_of_memory);
  }
};
[[nodiscard]] CellCount count_cell(const std::vector<RunRow>& rows, const std::string& cell,
                                   const std::vector<std::int64_t>& seeds);

/// The two cells nearest to half collapsed; of equals the one that comes first in `cells_of`.
[[nodiscard]] std::vector<Cell> most_informative(const StudyProfile& profile, const std::vector<RunRow>& rows);
/// The cell that collapsed most; of equals the first.
[[nodiscard]] Cell worst_cell(const StudyProfile& profile, const std::vector<RunRow>& rows);

/// One factor at a time on the most informative cells, then seeds of weights x seeds of order, 3 x 3, in the worst.
/// Empty while cells lack runs; runs without memory count as done.
[[nodiscard]] std::vector<RunPlan> plan_factors(const StudyProfile& profile, const std::vector<RunRow>& rows);

}  // namespace fno::stage_a

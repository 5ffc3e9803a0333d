#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/config/row.h"
#include "tools/config/settings.h"

namespace fno::config {

/// fno simulate darcy
struct SimulateDarcyOptions : CommonOptions {
  std::string output;
  std::int64_t samples = 0, grid = 0;  ///< grid: points per side before the stride
  Interval contrast{};                 ///< the two values of the coefficient
  std::int64_t stride = 1;             ///< every stride-th node is stored; divides grid
};

enum class Weights { last, best };
template <>
inline constexpr std::array<std::string_view, 2> kNames<Weights>{"last", "best"};

/// fno evaluate
struct EvaluateOptions : CommonOptions {
  std::string run, data;
  Weights weights = Weights::last;
  std::optional<std::string> output;  ///< JSON file for the metrics, beside the standard output
};

/// fno inspect
struct InspectOptions : CommonOptions {
  std::string path;
};

/// fno devices
struct DevicesOptions : CommonOptions {};

[[nodiscard]] std::vector<Row<SimulateDarcyOptions>> simulate_darcy_rows();
[[nodiscard]] std::vector<Row<EvaluateOptions>> evaluate_rows();
[[nodiscard]] std::vector<Row<InspectOptions>> inspect_rows();
[[nodiscard]] std::vector<Row<DevicesOptions>> devices_rows();

/// Rules between the flags. Errors: config.
void check_together(const SimulateDarcyOptions& options);

}  // namespace fno::config

#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "tools/settings/command_line.h"
#include "tools/tasks/operator/simulators/sample_farm.h"

namespace fno {

/// What every `fno simulate` of fields takes.
struct FieldOptions : settings::CommonOptions {
  std::string output;
  bool force = false;
};

/// --output, --force and the common flags round those of a simulator.
template <class O>
[[nodiscard]] std::vector<settings::Row<O>> with_output(std::vector<settings::Row<O>> own) {
  using settings::flag;
  own.insert(own.begin(), flag<O, &O::output>({.key = "output",
                                               .rule = settings::path(),
                                               .help = "file to write, with x and y; .npz, .h5 or .hdf5",
                                               .metavar = "FILE.npz",
                                               .required = true}));
  own.push_back(flag<O, &O::force>(
      {.key = "force", .rule = settings::toggle(), .help = "replace the file even if fno simulate did not make it"}));
  return settings::with_common<O>(std::move(own));
}

/// An array to be stored as float32 or float64.
struct OutputArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> floats = {};
  std::span<const double> doubles = {};
};

/// The file of a simulator, from the checks before the work to the line after it.
class FieldOutput {
 public:
  /// `kind`: "darcy". Errors, all before the work: config for the device or the name of the file; storage where it
  /// cannot be written, or stands there and fno simulate did not make it.
  FieldOutput(const FieldOptions& options, std::string kind);

  /// Draws a bar on a terminal: samples done, samples/s, time left.
  [[nodiscard]] SampleProgress progress(std::int64_t samples) const;

  /// Writes the arrays and `facts` as the text `metadata`; prints the facts with --json, else `line` behind the name of
  /// the file, and the notices.
  void write(std::span<const OutputArray> arrays, const nlohmann::ordered_json& facts, const std::string& line,
             const std::vector<std::string>& notices = {}, bool compress = false) const;

 private:
  const FieldOptions& options_;
  std::string kind_;
  bool replaces_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A notice where the solved modes end before the solution does.
[[nodiscard]] std::vector<std::string> too_coarse(std::int64_t grid, double viscosity, double tail);

}  // namespace fno

#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/tools/cli/program.h"

namespace fno::test {

using Step = std::function<void(const Scratch&)>;

/// One way to go wrong. The folder holds train.npz, 6 pairs on 8 x 8, and what `prepare` adds.
struct Case {
  std::string name;
  int code = 0;
  Words says;   ///< what the line on standard error must contain
  Words words;  ///< the command line
  Step prepare = {};
  Step after = {};                 ///< in place of "no file has changed"
  Conditions conditions = {};      ///< a full disk, another standard output
  std::string absent_device = {};  ///< the case holds only where this device is not available

  [[nodiscard]] Case leaving(Step check) const;
  [[nodiscard]] Case under(Conditions other) const;
  [[nodiscard]] Case without(std::string device) const;
};

std::ostream& operator<<(std::ostream& out, const Case& c);

// Rows of the tables.
[[nodiscard]] Case refused(int code, std::string name, Words says, Words words, Step prepare = {});

// What may be prepared.
[[nodiscard]] Step both(Step first, Step second);
[[nodiscard]] Step file(std::string name, std::string text);
[[nodiscard]] Step folder(std::string name);
[[nodiscard]] Step trained(Words more = {});
[[nodiscard]] Step flipped(std::string name, double place);  ///< one bit, at this part of the file
[[nodiscard]] Step shortened(std::string name, int bytes);   ///< by so many

/// Flags, names, values and settings files that are refused before any data are looked at, or by their shape.
[[nodiscard]] std::vector<Case> usage_cases();
[[nodiscard]] std::vector<Case> settings_cases();
/// Data of `fno train` that are refused.
[[nodiscard]] std::vector<Case> data_cases();
/// Run directories, full disks, divergence.
[[nodiscard]] std::vector<Case> run_cases();
/// --task ptychography and its data.
[[nodiscard]] std::vector<Case> ptychography_cases();
/// fno export; none where it was built without libonnx.
[[nodiscard]] std::vector<Case> export_cases();
/// evaluate, simulate, inspect, devices.
[[nodiscard]] std::vector<Case> command_cases();

}  // namespace fno::test

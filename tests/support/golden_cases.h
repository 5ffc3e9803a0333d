#pragma once

#include <map>
#include <string>
#include <vector>

namespace fno::test {

/// What the tests make of one golden file. Every case is in one of the three lists; a test compares them with the file,
/// so that no case can be passed over in silence.
struct GoldenCases {
  std::vector<std::string> tested;
  std::vector<std::string> inputs;                 ///< hold only inputs that other cases share
  std::map<std::string, std::string> not_offered;  ///< with the reason
};

/// By file name without ".npz".
[[nodiscard]] const std::map<std::string, GoldenCases>& golden_cases();

/// The cases of a file that its test has to pass.
[[nodiscard]] const std::vector<std::string>& tested_cases(const std::string& file);

}  // namespace fno::test

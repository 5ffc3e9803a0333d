#include "tests/support/golden_cases.h"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

#include "tests/support/golden.h"

namespace fno::test {
namespace {

TEST(GoldenCases, EveryFileInTheFolderIsKnown) {
  std::set<std::string> found, known;
  for (const auto& entry : std::filesystem::directory_iterator(FNO_GOLDEN_DIR))
    if (entry.path().extension() == ".npz") found.insert(entry.path().stem());
  for (const auto& [file, cases] : golden_cases()) known.insert(file);
  EXPECT_EQ(found, known);
}

TEST(GoldenCases, EveryCaseOfEveryFileIsInOneList) {
  for (const auto& [file, cases] : golden_cases()) {
    SCOPED_TRACE(file);
    std::vector<std::string> listed = cases.tested;
    listed.insert(listed.end(), cases.inputs.begin(), cases.inputs.end());
    for (const auto& [name, reason] : cases.not_offered) listed.push_back(name);
    std::sort(listed.begin(), listed.end());
    EXPECT_EQ(GoldenFile(file).cases(), listed);
  }
}

}  // namespace
}  // namespace fno::test

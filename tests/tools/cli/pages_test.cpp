// What is answered without data: help, versions, devices.
#include <gtest/gtest.h>
#include <regex>

#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

class Asked : public ::testing::TestWithParam<Words> {};

TEST_P(Asked, IsAnswered) {
  const Scratch place;
  const Outcome outcome = run_fno(place, GetParam());
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(outcome.out.ends_with("\n"));
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  if (GetParam().back() == "--version")
    EXPECT_TRUE(std::regex_search(outcome.out, std::regex(R"(^fno \d+\.\d+\.\d+)"))) << outcome.out;
  else
    EXPECT_NE(outcome.out.find(GetParam().front() == "devices" && GetParam().size() == 1 ? "cpu" : "usage"),
              std::string::npos);
  EXPECT_TRUE(place.everything().empty());
}

INSTANTIATE_TEST_SUITE_P(Pages, Asked,
                         ::testing::Values(Words{"--version"}, Words{"--help"}, Words{"help", "train"},
                                           Words{"train", "--help"}, Words{"train", "--task", "operator", "--help"},
                                           Words{"train", "--version"}, Words{"evaluate", "--help"},
                                           Words{"simulate", "--help"}, Words{"simulate", "darcy", "--help"},
                                           Words{"simulate", "burgers", "--help"},
                                           Words{"simulate", "navier-stokes", "--help"}, Words{"inspect", "--help"},
                                           Words{"devices", "--help"}, Words{"devices"}),
                         [](const auto& c) {
                           std::string name;
                           for (const std::string& word : c.param)
                             for (const char letter : word)
                               if (letter != '-') name += letter;
                           return name + (c.param.back() == "--help" ? "Flag" : "");
                         });

}  // namespace
}  // namespace fno::test

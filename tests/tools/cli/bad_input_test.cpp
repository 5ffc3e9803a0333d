// Everything that a person can get wrong, tried on the program itself: one line on standard error, the exit status of
// the contract, nothing half-written. A new case is a row of a table in bad_input_cases.cpp, bad_data_cases.cpp or
// ptychography_cases.cpp.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/bad_input_cases.h"

namespace fno::test {

namespace {

bool is_available(const Scratch& place, const std::string& device) {
  for (const auto& row : nlohmann::json::parse(run_fno(place, {"devices", "--json"}).out))
    if (row.at("device") == device) return row.at("available").get<bool>();
  return false;
}

void expect_one_line(const std::string& text) {
  ASSERT_FALSE(text.empty());
  EXPECT_TRUE(text.starts_with("fno: ")) << text;
  for (const char* twice : {"fno: fno:", "fno: fno "}) EXPECT_FALSE(text.starts_with(twice)) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  for (const char letter : text.substr(0, text.size() - 1))
    EXPECT_TRUE(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f) << text;
}

class BadInput : public ::testing::TestWithParam<Case> {};

TEST_P(BadInput, IsRefused) {
  const Case& c = GetParam();
  const Scratch place;
  if (!c.absent_device.empty() && is_available(place, c.absent_device))
    GTEST_SKIP() << c.absent_device << " is available here";
  if (c.conditions.memory > 0 && !kMemoryLimits) GTEST_SKIP() << "memory cannot be limited here";
  write_pairs(place.path("train.npz"), 6, 8);
  if (c.prepare) c.prepare(place);
  ASSERT_FALSE(HasFatalFailure());
  const auto before = place.everything();

  const Outcome outcome = run_fno(place, c.words, c.conditions);
  EXPECT_EQ(outcome.code, c.code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_one_line(outcome.err);
  for (const std::string& word : c.says)
    EXPECT_NE(outcome.err.find(word), std::string::npos) << "'" << word << "' in: " << outcome.err;
  if (c.after)
    c.after(place);
  else
    EXPECT_TRUE(place.everything() == before) << "files have changed";
}

const auto kNameOf = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Usage, BadInput, ::testing::ValuesIn(usage_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Settings, BadInput, ::testing::ValuesIn(settings_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Data, BadInput, ::testing::ValuesIn(data_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Ptychography, BadInput, ::testing::ValuesIn(ptychography_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Runs, BadInput, ::testing::ValuesIn(run_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Export, BadInput, ::testing::ValuesIn(export_cases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Commands, BadInput, ::testing::ValuesIn(command_cases()), kNameOf);

}  // namespace
}  // namespace fno::test

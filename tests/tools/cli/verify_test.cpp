// fno verify as a person runs it, a check at a time.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/tools/cli/program.h"
#include "tools/files/json_file.h"

namespace fno::test {
namespace {

const Words kChecks{"transforms", "adjoints", "gradients", "devices", "vectors", "threads", "files", "speed"};

class VerifyCommand : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, VerifyCommand, testing::ValuesIn(kChecks), [](const auto& p) { return p.param; });

TEST_P(VerifyCommand, PassesAndSaysWhatItMeasured) {
  const Scratch place;
  const Outcome o = run_fno(
      place, {"verify", "--only", GetParam(), "--json", "--quiet", "--device", "cpu", "--threads", "2", "--seed", "3"});
  ASSERT_EQ(o.code, 0) << o.err << o.out;
  EXPECT_EQ(o.err, "");
  const Json all = Json::parse(o.out);
  EXPECT_EQ(all["passed"], true);
  EXPECT_EQ(all["threads"], 2);
  EXPECT_EQ(all["seed"], 3);
  EXPECT_EQ(all["device"], "cpu");
  ASSERT_FALSE(all["checks"].empty());
  for (const Json& row : all["checks"]) {
    EXPECT_EQ(row["check"], GetParam());
    if (row["result"] == "absent") continue;
    EXPECT_GE(row["cases"], 1);
    if (row["result"] != "slow") {
      EXPECT_LE(row["worst_error"].get<double>(), row["bound"].get<double>()) << row;
    }
  }
  EXPECT_TRUE(place.files().empty());
}

TEST(VerifyProgram, PrintsATableInItsOwnOrder) {
  const Scratch place;
  const Outcome o = run_fno(place, {"verify", "--only", "files,adjoints", "--device", "cpu", "--cpu-isa", "baseline"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out.find("check "), 0u) << o.out;
  EXPECT_LT(o.out.find("\nadjoints"), o.out.find("\nfiles"));
  EXPECT_EQ(o.out.find("\nspeed"), std::string::npos);
  EXPECT_NE(o.err.find("cpu with baseline"), std::string::npos) << o.err;
}

}  // namespace
}  // namespace fno::test

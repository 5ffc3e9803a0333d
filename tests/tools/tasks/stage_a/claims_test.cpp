// Numbers of the committed findings, computed again from the committed rows, and the functions that compute them.
#include "tools/tasks/stage_a/claims.h"

#include <fstream>
#include <gtest/gtest.h>

#include "framework/error.h"
#include "tests/tools/tasks/stage_a/row_text.h"
#include "tests/tools/tasks/stage_a/small_study.h"

namespace fno::stage_a {
namespace {

const std::filesystem::path kStudy = std::filesystem::path(FNO_SOURCE_DIR) / "docs/studies/stage-a";

class StudyClaims : public SmallStudy {
 protected:
  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

// findings.md and tables.md say what the rows say: `fno study stage-a --part report` writes them.
TEST_F(StudyClaims, CommittedFindingsAreThoseOfTheCommittedRows) {
  std::filesystem::copy(kStudy, folder_ / "study", std::filesystem::copy_options::recursive);
  for (const char* file : {"findings.md", "tables.md"}) std::filesystem::remove(folder_ / "study" / file);
  write_study_report((folder_ / "study").string());
  for (const char* file : {"findings.md", "tables.md"})
    EXPECT_EQ(text_of(folder_ / "study" / file), text_of(kStudy / file)) << file;
}

// Counts of an independent recomputation of the same rows, made with other code.
TEST_F(StudyClaims, AgreeWithAnIndependentCount) {
  const Claims claims = claims_of(read_study(kStudy.string()));
  const std::map<std::string, std::string> wanted{{"runs", "169"},
                                                  {"rate.low", "0 of 46"},
                                                  {"rate.low.interval", "0 to 8 %"},
                                                  {"rate.low.seeds", "15"},
                                                  {"rate.low.steps", "18096"},
                                                  {"rate.base", "16 of 55"},
                                                  {"rate.base.interval", "19 to 42 %"},
                                                  {"rate.warm", "4 of 28"},
                                                  {"rate.twice", "9 of 10"},
                                                  {"cells.flat", "15 of 40"},
                                                  {"cells.flat.distinct", "11 of 30"},
                                                  {"cells.flat.distinct.interval", "22 to 54 %"},
                                                  {"flat.hybrid", "4 of 10"},
                                                  {"flat.hybrid.interval", "17 to 69 %"},
                                                  {"flat.stable", "7 of 20"},
                                                  {"pairs.warm", "4 of 28"},
                                                  {"pairs.constant", "7 of 28"},
                                                  {"pairs.mcnemar", "0.51"},
                                                  {"warm.begun_low", "4"},
                                                  {"warm.epochs", "5, 6, 7"},
                                                  {"flat.all", "39"},
                                                  {"flat.late.epochs", "3, 5, 6, 6, 7, 7"},
                                                  {"clip.fisher", "0.19"},
                                                  {"short.fisher", "0.34"},
                                                  {"lost.good", "27 of 36"},
                                                  {"control.lost", "4 of 5"},
                                                  {"remedy.parts.fisher", "1"},
                                                  {"plan.flat", "0 of 8"},
                                                  {"gamma.flat", "0 of 8"},
                                                  {"order.lost", "7 of 9"},
                                                  {"mechanism.hybrid.runs", "2"},
                                                  {"mechanism.hybrid.networks", "1"},
                                                  {"mechanism.hybrid.step", "19"}};
  for (const auto& [name, text] : wanted) {
    ASSERT_TRUE(claims.contains(name)) << name;
    EXPECT_EQ(claims.at(name), text) << name;
  }
}

TEST_F(StudyClaims, AreFilledInByName) {
  EXPECT_EQ(fill_in("a {{x}} b {{x}}{{y}}.", {{"x", "1"}, {"y", "{{x}}"}}, "f"), "a 1 b 1{{x}}.");
  for (const char* text : {"{{z}}", "{{x"}) {
    try {
      (void)fill_in(text, {{"x", "1"}}, "f.md");
      FAIL() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::data);
      EXPECT_TRUE(std::string(e.what()).starts_with("f.md: ")) << e.what();
    }
  }
}

// Flat from the epoch on from which it stays so; a spell in between is not the end.
TEST_F(StudyClaims, DeadSinceTheLastTime) {
  const auto since = [](const nlohmann::ordered_json& spread) {
    auto row = row_json("hybrid-noclip-batch", 1, "healthy");
    row["amp_std_over_mean"] = spread;
    return run_row(row.dump(), "").dead_since();
  };
  EXPECT_EQ(since({0.1, 0.1}), 0);
  EXPECT_EQ(since({0.1, 0.0, 1e-4}), 2);
  EXPECT_EQ(since({0.0, 0.1, 0.0}), 3);
  EXPECT_EQ(since({0.0, 0.0}), 1);
  EXPECT_EQ(since({0.0, nullptr}), 0);
  EXPECT_EQ(since(nlohmann::ordered_json::array()), 0);
}

}  // namespace
}  // namespace fno::stage_a

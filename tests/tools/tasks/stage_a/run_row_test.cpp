#include "tools/tasks/stage_a/run_row.h"

#include <fstream>

#include "framework/error.h"
#include "tests/tools/tasks/stage_a/row_text.h"
#include "tests/tools/tasks/stage_a/small_study.h"

namespace fno::stage_a {
namespace {

using RunRows = SmallStudy;

TEST_F(RunRows, ReadBackAsWritten) {
  const std::string path = (folder_ / "runs.jsonl").string();
  {
    RowFile file(path);
    file.add(row_json("hybrid-noclip-batch", 3, "collapsed_at_epoch_2"));
    file.add(row_json("hybrid-clip1-batch", 4, "healthy"));
  }
  const std::vector<RunRow> rows = read_rows(path);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key, (RunKey{"hybrid-noclip-batch", "", 3, 3}));
  EXPECT_TRUE(rows[0].collapsed());
  EXPECT_FALSE(rows[1].collapsed());
  EXPECT_FALSE(rows[1].is_void());
}

// What a power cut leaves: the torn line is not there, and the next one begins a line of its own.
TEST_F(RunRows, TornLastLineIsCutOff) {
  const std::string path = (folder_ / "runs.jsonl").string();
  { RowFile(path).add(row_json("hybrid-noclip-batch", 3, "healthy")); }
  std::ofstream(path, std::ios::app) << R"({"part":"cells","ce)";
  EXPECT_EQ(read_rows(path).size(), 1u);
  { RowFile(path).add(row_json("hybrid-noclip-batch", 4, "healthy")); }
  const std::vector<RunRow> rows = read_rows(path);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].key.weight_seed, 4);
}

TEST_F(RunRows, OneWriterAtATime) {
  const std::string path = (folder_ / "runs.jsonl").string();
  const RowFile first(path);
  try {
    const RowFile second(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::storage);
  }
}

// A run whose network did not fit has no live objects to read back: not void, and not collapsed either.
TEST_F(RunRows, WithoutMemoryIsALabelOfItsOwn) {
  auto json = row_json("hybrid-noclip-batch", 3, "oom");
  json["echo"] = nullptr;
  const RunRow row = run_row(json.dump(), "");
  EXPECT_FALSE(row.is_void());
  EXPECT_TRUE(row.out_of_memory());
  EXPECT_FALSE(row.collapsed());
  json["echo"] = {"rate: found 0.001, asked for 0.01"};
  EXPECT_TRUE(run_row(json.dump(), "").is_void());
}

TEST_F(RunRows, ForeignLineIsADataError) {
  const std::string path = (folder_ / "runs.jsonl").string();
  std::ofstream(path) << "{\"a\": 1}\n";
  try {
    (void)read_rows(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::data);
    EXPECT_NE(std::string(e.what()).find("runs.jsonl:1"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace fno::stage_a

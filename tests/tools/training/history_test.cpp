#include "tools/training/history.h"

#include <limits>

#include "tests/tools/training/train_test_support.h"

namespace fno::training {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<EpochRecord> two_epochs() {
  return {
      {.train_loss = 0.5, .val_loss = 0.4, .learning_rate = 1e-3, .seconds = 2, .measures = {{"a", 1}, {"b", 0.1}}},
      {.train_loss = 0.3, .learning_rate = 5e-4, .grad_norm = 7, .seconds = 3, .measures = {{"a", kNan}, {"b", 0.2}}}};
}

TEST(HistoryJson, MeasuresOfTheTaskAreListsBesideTheOthers) {
  const Json json = history_json(two_epochs());
  EXPECT_EQ(json.at("train_loss"), Json({0.5, 0.3}));
  EXPECT_EQ(json.at("val_loss"), Json({0.4, nullptr}));
  EXPECT_EQ(json.at("grad_norm"), Json({nullptr, 7.0}));
  EXPECT_EQ(json.at("a"), Json({1.0, nullptr}));
  EXPECT_EQ(json.at("b"), Json({0.1, 0.2}));
  ASSERT_EQ(json.at("not_finite").size(), 1u);
  EXPECT_EQ(json.at("not_finite")[0], Json({{"key", "a"}, {"epoch", 1}, {"value", "nan"}}));
}

TEST(HistoryJson, WithoutMeasuresThereIsNoFurtherList) {
  const Json json = history_json(std::vector<EpochRecord>{{.train_loss = 1}});
  EXPECT_EQ(json.size(), 6u);  // losses, rate, norm, seconds, skipped steps
  EXPECT_FALSE(json.contains("not_finite"));
}

TEST(ReadHistory, IsWhatWasWritten) {
  const Json json = history_json(two_epochs());
  const std::vector<EpochRecord> back = read_history(json);
  EXPECT_EQ(history_json(back), json);
  EXPECT_FALSE(back[1].val_loss);
  EXPECT_TRUE(std::isnan(back[1].measures[0].second));
  Json less = json;
  less.erase("val_loss");
  EXPECT_THROW((void)read_history(less), nlohmann::json::exception);
}

TEST(ExactJson, BringsTheMeasuresBack) {
  TrainingState state;
  state.history = two_epochs();
  state.history[0].measures[1].second = 1.0 / 3;
  const TrainingState back = training_state(Json::parse(exact_json(state).dump()));
  ASSERT_EQ(back.history.size(), 2u);
  EXPECT_EQ(back.history[0].measures, state.history[0].measures);
  EXPECT_EQ(back.history[1].measures[0].first, "a");
  EXPECT_TRUE(std::isnan(back.history[1].measures[0].second));
  EXPECT_FALSE(back.history[1].val_loss);
}

}  // namespace
}  // namespace fno::training

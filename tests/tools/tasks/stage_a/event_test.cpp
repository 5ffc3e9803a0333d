// fno study stage-a --part event: the death of a network, update by update.
#include "tools/tasks/stage_a/event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/tasks/stage_a/small_study.h"
#include "tools/tasks/stage_a/event_claims.h"

namespace fno::stage_a {
namespace {

class Event : public SmallStudy {
 protected:
  // A rate at which the network of this seed dies within a few steps, or one at which none does.
  [[nodiscard]] static std::vector<std::string> rate(const char* r) { return {"--learning-rate", r}; }
  static RunPlan plan_of(const StudyProfile& profile) { return plan_events(profile).front(); }
};

TEST_F(Event, FollowsADeathAndPlaysItsLastStepsAgain) {
  const StudyProfile profile = study_profile(
      options({"--learning-rate", "0.5", "--part", "event", "--outer-offset-train", "4", "--patches-train", "96"}));
  const Bench bench(profile, device(), data());
  const RunPlan plan = plan_of(profile);
  EventRun run = watch_event(bench, plan);
  ASSERT_GE(run.death, 1) << "no death at this rate: choose another for the test";
  EXPECT_FALSE(run.first_dead_map.empty());
  EXPECT_EQ(run.sigma.size(), run.dead.size());
  EXPECT_EQ(run.sigma.front().size(), run.maps.size());
  EXPECT_EQ(run.loss.size(), static_cast<std::size_t>(run.death + kAfterDeath));
  ASSERT_TRUE(run.states.contains(run.death - 1));
  EXPECT_FALSE(run.states.contains(run.death));
  // Training is deterministic: without a change it dies again; at hardly any rate it does not.
  EXPECT_EQ(survives(bench, plan, run, 1, {.name = "none"}), false);
  EXPECT_EQ(survives(bench, plan, run, 1, {.name = "still", .rate = 1e-9}), true);
  EXPECT_EQ(survives(bench, plan, run, 10000, {.name = "none"}), std::nullopt);
}

TEST_F(Event, OfARunThatLivesIsNone) {
  const StudyProfile profile = study_profile(options({"--learning-rate", "1e-4", "--part", "event"}));
  const Bench bench(profile, device(), data());
  const EventRun run = watch_event(bench, plan_of(profile));
  EXPECT_EQ(run.death, -1);
  EXPECT_EQ(run.loss.size(), 3u * 2);  // three epochs of two batches: the short one is dropped
  const auto row = event_row(bench, plan_of(profile));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->at("flat"), false);
  EXPECT_TRUE(row->at("replays").empty());
  for (const Json& map : row->at("maps")) EXPECT_TRUE(map.at("grown").is_null()) << map;
}

TEST_F(Event, PartGoesOnWhereItStopped) {
  std::filesystem::create_directories(out());
  const StudyOptions options =
      this->options({"--part", "event", "--architectures", "hybrid", "--learning-rate", "1e-4"});
  EXPECT_EQ(run_study(this->options(
                {"--part", "event", "--architectures", "hybrid", "--learning-rate", "1e-4", "--minutes", "0.005"})),
            0);
  EXPECT_EQ(run_study(options), 0);
  const std::vector<Json> rows = read_events((out() / "events.jsonl").string());
  ASSERT_EQ(rows.size(), 40u);  // ten flat ones never come
  std::set<std::int64_t> seeds;
  for (const Json& row : rows) seeds.insert(row.at("weight_seed").get<std::int64_t>());
  EXPECT_EQ(seeds.size(), 40u);
}

TEST_F(Event, TablesCountDeathsGrowthAndSaves) {
  const auto event = [](bool flat, int death, const Json& grown, bool saved) {
    Json row{{"cell", "hybrid-clip1-fixed"},
             {"weight_seed", death},
             {"flat", flat},
             {"death", flat ? Json(death) : Json(nullptr)},
             {"first_dead_map", flat ? "decoder_blocks.2.out" : ""},
             {"maps", {{{"map", "bottleneck.pre_gelu"}, {"grown", grown}}}},
             {"replays", Json::array()}};
    if (flat) row["replays"].push_back({{"change", "half_rate"}, {"from", 4}, {"saved", saved}});
    return row;
  };
  const std::vector<Json> events{event(true, 19, 11, true), event(true, 30, 20, false),
                                 event(false, 0, nullptr, false)};
  const Claims claims = event_claims(events);
  EXPECT_EQ(claims.at("event.hybrid.flat"), "2 of 3");
  EXPECT_EQ(claims.at("event.stable_hybrid.flat"), "0 of 0");
  EXPECT_NE(claims.at("table.event.deaths").find("| hybrid | decoder_blocks.2.out | 2 of 2 |"), std::string::npos);
  EXPECT_NE(claims.at("table.event.growth").find("| hybrid | bottleneck.pre_gelu | 2 of 2 | 9 | 0 of 1 |"),
            std::string::npos)
      << claims.at("table.event.growth");
  EXPECT_NE(claims.at("table.event.saves").find("| hybrid | half_rate | 1 of 2 |"), std::string::npos);
}

}  // namespace
}  // namespace fno::stage_a

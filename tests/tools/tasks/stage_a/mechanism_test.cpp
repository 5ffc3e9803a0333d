#include "tools/tasks/stage_a/mechanism.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/tasks/stage_a/small_study.h"
#include "tools/files/npz.h"
#include "tools/tasks/stage_a/step_log.h"

namespace fno::stage_a {
namespace {

class Mechanism : public SmallStudy {
 protected:
  StudyProfile profile_ = study_profile(options({"--epochs", "24"}));
  Bench bench_{profile_, device(), data()};
  const RunPlan plan_{
      .part = "mechanism", .cell = cells_of({"stable_hybrid"}).front(), .weight_seed = 5, .loader_seed = 7};
  // 3 steps an epoch: at the end of epoch 22, 66 steps, the ring begins at step 0; at the end of 24, 72 steps, too.
  WatchedRun watched_ = watch_run(bench_, plan_, 24, (folder_ / "log.npz").string());
};

TEST_F(Mechanism, ReplayWithoutAChangeIsTheRunBitForBit) {
  ASSERT_TRUE(watched_.dump);
  EXPECT_EQ(watched_.dump->epoch, 24);
  const std::vector<ReplayChange> changes = replay_changes(settings_of(profile_, plan_));
  for (const ReplayChange& change : changes) {
    const Replay r = replay(bench_, plan_, *watched_.dump, change, 24, change.name == "none");
    EXPECT_TRUE(r.finished);
    EXPECT_EQ(r.same_weights, change.name == "none") << change.name;
    if (change.name == "none") {
      EXPECT_EQ(r.val_loss, watched_.outcome.row.at("val_loss").back().get<double>());
    }
  }
  EXPECT_EQ(changes.size(), 7u);
}

// The dump of a later epoch than the ring reaches back to: the snapshot is inside the run.
TEST_F(Mechanism, ChangesSuitTheRun) {
  const auto names = [&](const Cell& cell) {
    std::vector<std::string> all;
    for (const ReplayChange& c : replay_changes(settings_of(profile_, {.part = "mechanism", .cell = cell})))
      all.push_back(c.name);
    return all;
  };
  const std::vector<Cell> cells = cells_of({"hybrid"});  // noclip-batch … clip1-fixed
  EXPECT_EQ(names(cells[0]), (std::vector<std::string>{"none", "skip_batch", "half_rate", "clip_1", "eps_1e-4",
                                                       "beta2_0.95", "no_short_batch"}));
  EXPECT_EQ(names(cells[3]),
            (std::vector<std::string>{"none", "skip_batch", "half_rate", "eps_1e-4", "beta2_0.95", "no_clip"}));
}

TEST_F(Mechanism, ReplayFromInsideTheRun) {
  const StudyProfile longer = study_profile(options({"--epochs", "40"}));
  const Bench bench(longer, device(), data());
  const WatchedRun watched = watch_run(bench, plan_, 40, (folder_ / "longer.npz").string());
  ASSERT_TRUE(watched.dump);
  EXPECT_EQ(watched.dump->start->training.position.step, 32);  // states at 32, 64, 96 after 120 steps
  EXPECT_EQ(watched.dump->batches.front().step, 32);
  EXPECT_EQ(watched.dump->batches.back().step, 119);
  EXPECT_EQ(watched.dump->batches.back().samples.size(), 2u);
  EXPECT_TRUE(replay(bench, plan_, *watched.dump, {.name = "none"}, 40, false).same_weights);
}

TEST_F(Mechanism, InstrumentsDoNotDisturbTheRun) {
  const Outcome plain = do_run(bench_, plan_);
  EXPECT_EQ(plain.row.at("val_loss"), watched_.outcome.row.at("val_loss"));
}

TEST_F(Mechanism, LogHasAnEntryAStep) {
  const NpzReader log((folder_ / "log.npz").string());
  const auto floats = [&](const char* name) { return log.read(name).to_floats(name); };
  for (const char* name : {"loss", "samples", "batch_mean", "rate", "grad_norm", "clipped_grad_norm", "max_update",
                           "sqrt_v_min", "sqrt_v_median"})
    EXPECT_EQ(floats(name).size(), 72u) << name;
  EXPECT_EQ(floats("samples")[2], 2);
  EXPECT_EQ(floats("rate")[0], 1e-2f);
  EXPECT_EQ(floats("probe_step"), (std::vector<float>{0, 50}));
  // The parts add up to the whole.
  const std::vector<float> parts = floats("tensor_grad_norm"), whole = floats("grad_norm");
  const std::size_t tensors = parts.size() / 72;
  for (std::size_t step = 0; step < 72; ++step) {
    double squares = 0;
    for (std::size_t t = 0; t < tensors; ++t) squares += std::pow(parts[step * tensors + t], 2);
    EXPECT_NEAR(std::sqrt(squares), whole[step], 1e-4 * whole[step]);
  }
  // Adam's first step moves every weight by at most the rate; gradients of step 0 are their own root mean square.
  EXPECT_GT(floats("max_update")[0], 0);
  EXPECT_EQ(floats("gate_mean_abs").size() % 2, 0u);
}

TEST_F(Mechanism, ExaminationSaysWhatItFound) {
  const auto json = examine(bench_, plan_, 24, (folder_ / "log2.npz").string());
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("replays").size(), 7u);
  EXPECT_EQ(json->at("replays")[0].at("change"), "none");
  EXPECT_EQ(json->at("replays")[0].at("same_weights"), true);
  EXPECT_EQ(json->at("replays_not_available"), (training::Json{"AMSGrad", "fp64"}));
  EXPECT_EQ(json->at("revivals").size(), 5u);
  EXPECT_GT(json->at("end").at("input_gradient").get<double>(), 0);  // this run is alive
}

TEST_F(Mechanism, DeadDecoderIsFoundAndNamed) {
  training::LiveRun run(bench_.task(settings_of(profile_, plan_)));
  const Tensor batch = probe_batch(bench_, 16);
  const std::vector<MapState> alive = look_inside(run.network.model, batch);
  EXPECT_EQ(alive.front().name, "lifter.pre_gelu");
  EXPECT_EQ(alive.back().name, "output");
  EXPECT_EQ(first_dead_map(alive), "");
  EXPECT_GT(input_gradient(run.network.model, batch), 0);

  // Every unit of the last stage far below zero: GELU and its derivative vanish there.
  for (const Parameter& p : run.network.store.parameters())
    if (p.name == "decoder_blocks.0.0.bias") {
      Tensor bias = p.var.value();
      bias.copy_from(Tensor::full(bias.shape(), bias.dtype(), bias.device(), -1e4));
    }
  const std::vector<MapState> dead = look_inside(run.network.model, batch);
  EXPECT_EQ(first_dead_map(dead), "decoder_blocks.0.out");
  EXPECT_LT(input_gradient(run.network.model, batch), 1e-30);
  for (const MapState& map : dead)
    if (map.pre_gelu()) {
      EXPECT_EQ(map.below_minus4 == 1, map.name == "decoder_blocks.0.0") << map.name;
    }
}

TEST(RunsToExamine, EveryCellOnceDeadOnesFirst) {
  std::vector<RunRow> rows(5);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].part = "cells";
    rows[i].key.weight_seed = static_cast<std::int64_t>(i);
    rows[i].label = "collapsed_at_epoch_3";
    rows[i].collapse_epoch = 3;
    rows[i].key.cell = i < 4 ? "a" : "b";
    rows[i].spread = {0.1, i == 2 || i == 3 ? 0.0 : 0.1};
  }
  rows[0].label = "recovered";
  std::vector<std::int64_t> seeds;
  for (const RunRow& row : runs_to_examine(rows, 4)) seeds.push_back(row.key.weight_seed);
  EXPECT_EQ(seeds, (std::vector<std::int64_t>{2, 1, 4, 3}));
}

}  // namespace
}  // namespace fno::stage_a

#include "tools/tasks/ptychography/validation.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/tasks/stage_a/small_study.h"
#include "tools/commands/train.h"
#include "tools/tasks/stage_a/runner.h"

namespace fno::stage_a {
namespace {

class Validations : public SmallStudy {
 protected:
  StudyProfile profile_ = study_profile(options());
  Bench bench_{profile_, device(), data()};
  training::LiveRun run_{bench_.task(settings_of(profile_, plan_cells(profile_).front()))};

  [[nodiscard]] const ptychography::PtychoData& test() const { return *bench_.data->test; }
  training::Validation::Result result(int epoch, std::optional<ptychography::ScanPace> pace = kPace) {
    return ptychography::ScanValidation({.model = run_.network.model,
                                         .data = test(),
                                         .test = &test(),
                                         .scan = &*bench_.data->scan,
                                         .loss = run_.task->loss(),
                                         .batch_size = 16,
                                         .device = bench_.device,
                                         .pace = pace})
        .run(epoch);
  }
  static constexpr ptychography::ScanPace kPace{.batch_stride = 4, .full_scan_every = 4, .epochs = 10};
};

// The full scan is that of `fno train`.
TEST_F(Validations, FullScanIsThatOfTraining) {
  const training::Validation::Result wanted = result(0, std::nullopt), found = result(3);
  const training::EpochRecord a{.measures = wanted.measures}, b{.measures = found.measures};
  EXPECT_NEAR(*measure_of(b, ptychography::kFullValLoss), wanted.val_loss, 1e-6);
  for (const char* name : {ptychography::kAmplitudeSsim, ptychography::kAmplitudeMae, ptychography::kAmplitudeSpread})
    EXPECT_NEAR(*measure_of(a, name), *measure_of(b, name), 1e-9) << name;
}

// Batches 0, 4 and 8 of 169 patterns by 16; the same number whether or not the rest is looked at too.
TEST_F(Validations, ValLossIsOverTheSameBatchesEveryEpoch) {
  double sum = 0;
  for (const std::int64_t batch : {0, 4, 8}) {
    training::Sweep sweep(ptychography::samples_of(test()), 16 * batch, 16 * batch + 16, 16, bench_.device);
    const NoGrad guard;
    const training::Batch b = sweep.batch(0);
    sum += run_.task->loss()(run_.network.model.forward(Var(b.x)), Var(b.y)).value().item();
  }
  EXPECT_NEAR(result(0).val_loss, sum / 3, 1e-6 * sum);
  EXPECT_EQ(result(0).val_loss, result(3).val_loss);
}

// Specification, section 3.5: batches of the training's size, whatever the scan is inferred with. The gain `batch`
// makes another loss of another size.
TEST_F(Validations, ValLossIsOverBatchesOfTheTrainingsSize) {
  const StudyProfile other = study_profile(options({"--infer-batch-size", "8"}));
  const RunPlan plan = plan_cells(other).front();
  ASSERT_EQ(settings_of(other, plan).own<ptychography::PtychographySettings>().probe_gain, "batch");
  ASSERT_EQ(settings_of(other, plan).train.infer_batch_size, 8);
  training::LiveRun live(std::make_unique<ptychography::PtychographyTask>(settings_of(other, plan), bench_.device,
                                                                          bench_.data, other.pace));
  EXPECT_EQ(live.validation->run(0).val_loss, result(0).val_loss);
}

TEST_F(Validations, ScansOnSomeEpochsAndOnTheLast) {
  const auto scanned = [&](int epoch) {
    const training::EpochRecord record{.measures = result(epoch).measures};
    return measure_of(record, ptychography::kAmplitudeSsim).has_value();
  };
  EXPECT_FALSE(scanned(0));
  EXPECT_TRUE(scanned(3));
  EXPECT_FALSE(scanned(4));
  EXPECT_TRUE(scanned(9));
}

// Over all patterns the centres make the stitched image, up to the rim that scoring trims.
TEST_F(Validations, SpreadOfTheCentresIsThatOfTheObject) {
  const training::EpochRecord part{.measures =
                                       result(0, ptychography::ScanPace{.full_scan_every = 4, .epochs = 10}).measures},
      whole{.measures = result(3).measures};
  const double a = *measure_of(part, ptychography::kAmplitudeSpread),
               b = *measure_of(whole, ptychography::kAmplitudeSpread);
  EXPECT_NEAR(a, b, 0.1 * b);
}

// One run, one label: the study judges by what `fno train` on the same data judges by.
TEST_F(Validations, TheJudgeIsThatOfTraining) {
  for (const char* loss : {"mae", "poisson"}) {
    const StudyProfile profile = study_profile(options({"--loss", loss, "--learning-rate", "1e-12"}));
    const RunPlan plan = plan_cells(profile).front();
    settings::Settings s = settings_of(profile, plan);
    s.run.data = bench_.data->training.path;
    s.run.test_data = test().path;
    s.run.output_dir = (folder_ / loss).string();
    std::ostringstream out, log;
    ASSERT_EQ(run_train(s, training::RunContext{.arguments = {}, .out = &out, .log = &log}), 0);
    const Json metrics = read_json((folder_ / loss / "metrics.json").string());
    const ptychography::CollapseLimits limits = bench_.limits(s);
    EXPECT_EQ(metrics.at("collapse").at("limits"), ptychography::verdict_json({}, limits).at("limits"));
    EXPECT_NE(limits.constant_ssim, ptychography::CollapseLimits{}.constant_ssim);
    const Bench bench(profile, device(), data());
    EXPECT_EQ(do_run(bench, plan).row.at("label"), metrics.at("collapse").at("label")) << loss;
  }
}

}  // namespace
}  // namespace fno::stage_a

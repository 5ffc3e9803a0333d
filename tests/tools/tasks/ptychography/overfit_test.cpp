#include <cmath>
#include <gtest/gtest.h>

#include "tests/tools/tasks/ptychography/small_set.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/training/live_run.h"

namespace fno::ptychography {
namespace {

struct Notes : training::Watcher {
  void on_step(const training::StepRecord& step) override { steps.push_back(step); }
  std::vector<training::StepRecord> steps;
};

// Section 10.4, item 7: one batch of 16 of the study's patches, control recipe, gain 16, clip 1.0, no noise.
class Overfit : public training::InFolder {
 protected:
  std::vector<training::StepRecord> steps(const std::vector<std::string>& more, int epochs) {
    GridLines settings;
    settings.noise = false;
    settings.nimgs_train = settings.nimgs_test = 1;
    settings.outer_offset_test = 128;
    settings.patches_train = 16;
    const DatasetPaths paths = simulate(settings, path("set"));
    std::vector<std::string> flags{"--grad-clip",          "1.0",    "--log-grad-norm", "--epochs",
                                   std::to_string(epochs), "--seed", "20260128"};
    flags.insert(flags.end(), more.begin(), more.end());
    const settings::Settings s = small_run(paths.train, path("run"), flags);
    training::LiveRun run(std::make_unique<PtychographyTask>(s, cpu()));
    Notes notes;
    EXPECT_TRUE(run.trainer.run(notes));
    return notes.steps;
  }
};

TEST_F(Overfit, ASmallNetworkLearnsOneBatch) {
  const std::vector<training::StepRecord> all =
      steps({"--fno-width", "8", "--fno-modes", "6", "--fno-blocks", "3"}, 60);
  ASSERT_EQ(all.size(), 60u);
  double least = 1e9;
  for (const training::StepRecord& step : all) {
    EXPECT_TRUE(std::isfinite(step.loss) && std::isfinite(step.grad_norm));
    EXPECT_LE(*step.clipped_grad_norm, 1.0 + 1e-3);
    if (step.step >= 40) least = std::min(least, step.loss);
  }
  EXPECT_LT(least, 0.3);
}

TEST_F(Overfit, TheFullNetworkStartsWhereTheSpecificationSays) {
  const std::vector<training::StepRecord> all =
      steps({"--fno-width", "32", "--fno-modes", "12", "--fno-blocks", "4"}, 1);
  EXPECT_GT(all[0].grad_norm, 15);
  EXPECT_LT(all[0].grad_norm, 60);
  EXPECT_TRUE(std::isfinite(all[0].loss));
}

}  // namespace
}  // namespace fno::ptychography

#include "tools/tasks/ptychography/collapse.h"

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"

namespace fno::ptychography {
namespace {

using fno::test::throws_error;
using History = std::vector<EpochObservation>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Verdict judged(const History& history, bool out_of_memory = false) {
  CollapseDetector detector;
  for (const EpochObservation& seen : history) detector.observe(seen);
  if (out_of_memory) detector.out_of_memory();
  return detector.verdict();
}

EpochObservation good(int epoch, double loss) { return {epoch, loss, 0.2, 0.8, 0.1, true}; }
EpochObservation flat(int epoch, double loss) { return {epoch, loss, 1e-8, 0.2771, 0.5131, true}; }

TEST(CollapseDetector, LabelsEveryKindOfRun) {
  const struct {
    const char* label;
    History history;
    CollapseRule rule;
    int first_epoch;
  } runs[] = {
      {"healthy", {good(1, 0.12), good(2, 0.05), good(3, 0.03)}, CollapseRule::none, 0},
      // Between the two limits, not flat: slow, but nothing has happened.
      {"healthy", {good(1, 0.05), good(2, 0.149)}, CollapseRule::none, 0},
      // The published zero-gamma run sat at the floor from the start.
      {"never_learned", {flat(1, 0.19), flat(2, 0.178)}, CollapseRule::flat_object, 1},
      // Never below 0.1, at the end at the floor without being flat: no rule fires.
      {"never_learned", {good(1, 0.3), good(2, 0.18)}, CollapseRule::none, 0},
      // The published LayerScale run: four good epochs, then constant.
      {"collapsed_at_epoch_5",
       {good(1, 0.06), good(2, 0.04), good(3, 0.03), good(4, 0.0237), flat(5, 0.19), flat(6, 0.179)},
       CollapseRule::flat_object,
       5},
      // Not flat, but back at the loss of a constant.
      {"collapsed_at_epoch_2", {good(1, 0.09), good(2, 0.15), good(3, 0.14)}, CollapseRule::loss_at_floor, 2},
      // 0.25 is not "after having been below 0.1".
      {"healthy", {good(1, 0.25), good(2, 0.09)}, CollapseRule::none, 0},
      {"recovered", {good(1, 0.05), flat(2, 0.19), good(3, 0.12), good(4, 0.05)}, CollapseRule::flat_object, 2},
      // Up again and down again: the last episode counts, the first event stays known.
      {"collapsed_at_epoch_4",
       {good(1, 0.05), flat(2, 0.19), good(3, 0.05), good(4, 0.17)},
       CollapseRule::loss_at_floor,
       2},
      // The same without a real recovery in between: one episode.
      {"collapsed_at_epoch_2",
       {good(1, 0.05), flat(2, 0.19), good(3, 0.12), flat(4, 0.19)},
       CollapseRule::flat_object,
       2},
      {"nan", {good(1, 0.05), {2, kNaN, 0.2, 0.8, 0.1, true}}, CollapseRule::not_finite, 2},
      {"nan", {good(1, 0.05), {2, 0.05, 0.2, 0.8, 0.1, false}, good(3, 0.05)}, CollapseRule::not_finite, 2},
      {"nan", {good(1, 0.05), {2, 0.05, 0.2, kNaN, 0.1, true}}, CollapseRule::not_finite, 2},
      // A collapse that ends in NaN: "nan", with the first event where the collapse began.
      {"nan", {good(1, 0.05), flat(2, 0.19), {3, kNaN, 0.2, 0.8, 0.1, true}}, CollapseRule::not_finite, 2},
  };
  for (const auto& run : runs) {
    const Verdict verdict = judged(run.history);
    EXPECT_EQ(verdict.label(), run.label);
    EXPECT_EQ(name_of(verdict.rule), name_of(run.rule)) << run.label;
    EXPECT_EQ(verdict.first_epoch, run.first_epoch) << run.label;
    EXPECT_EQ(verdict.last_epoch, static_cast<int>(run.history.size()));
  }
}

TEST(CollapseDetector, TheFingerprintNeedsBothNumbers) {
  const auto rule_of = [](double ssim, double mae) {
    return CollapseDetector().observe({1, 0.2, 0.05, ssim, mae, true});
  };
  EXPECT_EQ(rule_of(0.2789, 0.5115), CollapseRule::constant_fingerprint);
  EXPECT_EQ(rule_of(0.2795, 0.5131), CollapseRule::none);
  EXPECT_EQ(rule_of(0.2771, 0.5155), CollapseRule::none);
  EXPECT_EQ(CollapseDetector({.constant_ssim = 0.4, .constant_mae = 0.3}).observe({1, 0.2, 0.05, 0.4, 0.3, true}),
            CollapseRule::constant_fingerprint);
}

TEST(CollapseDetector, AFlatObjectWithoutMetricsIsFlat) {
  // An answer of zero everywhere leaves a similarity that may not be a number.
  EXPECT_EQ(CollapseDetector().observe({1, 1.0, 0, kNaN, 2.9, true}), CollapseRule::flat_object);
}

TEST(CollapseDetector, OutOfMemoryWithAndWithoutEpochs) {
  EXPECT_EQ(judged({}, true).label(), "oom");
  const Verdict verdict = judged({good(1, 0.05)}, true);
  EXPECT_EQ(verdict.label(), "oom");
  EXPECT_EQ(name_of(verdict.rule), "out_of_memory");
  EXPECT_EQ(verdict.last_epoch, 1);
  EXPECT_EQ(judged({}).label(), "healthy");
}

TEST(CollapseDetector, RefusesEpochsOutOfOrder) {
  CollapseDetector detector;
  detector.observe(good(3, 0.05));
  EXPECT_TRUE(throws_error(ErrorKind::config, "epoch 3 after epoch 3", [&] { detector.observe(good(3, 0.05)); }));
}

// The limits of a run are those of its own truth and of its loss.
TEST(JudgeRun, TakesTheConstantObjectOfTheTruthAtHand) {
  ReconMetrics constant;
  constant.ssim.amplitude = 0.4;
  constant.mae.amplitude = 0.3;
  const std::vector<training::EpochRecord> history{
      {.val_loss = 0.2, .measures = {{kAmplitudeSsim, 0.4}, {kAmplitudeMae, 0.3}, {kAmplitudeSpread, 0.05}}}};
  const auto rule = [&](const char* loss, const std::optional<ReconMetrics>& own) {
    return judge_run(history, RunEnd::whole, collapse_limits(loss, own)).value().rule;
  };
  EXPECT_EQ(rule("mae", constant), CollapseRule::constant_fingerprint);
  EXPECT_EQ(rule("poisson", constant), CollapseRule::constant_fingerprint);
  EXPECT_EQ(rule("mae", std::nullopt), CollapseRule::none);
  EXPECT_EQ(judge_run(history, RunEnd::whole, collapse_limits("mae", {})).value().label(), "never_learned");
  EXPECT_EQ(judge_run(history, RunEnd::whole, collapse_limits("poisson", {})).value().label(), "healthy");
}

TEST(JudgeRun, TheEndOfARunIsPartOfTheVerdict) {
  const CollapseLimits limits;
  const std::vector<training::EpochRecord> unscored{{.train_loss = 1}},
      bad{{.val_loss = kNaN, .measures = {{kAmplitudeSpread, 0.1}}}};
  EXPECT_FALSE(judge_run(unscored, RunEnd::whole, limits));
  EXPECT_EQ(judge_run(unscored, end_of(4), limits).value().epoch, 2);
  EXPECT_EQ(judge_run(bad, end_of(4), limits).value().last_epoch, 1);  // the epoch that shows it is there already
  EXPECT_EQ(judge_run(bad, end_of(5), limits).value().label(), "oom");
}

}  // namespace
}  // namespace fno::ptychography

#include "tools/tasks/ptychography/validation.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/tools/tasks/ptychography/shared_probe.h"
#include "tests/tools/tasks/ptychography/small_set.h"

namespace fno::ptychography {
namespace {

// The test split of a set as a run holds it.
struct TestSplit {
  explicit TestSplit(const GridLines& settings) {
    const GridLinesSet set = prepare(settings);
    data.N = settings.N;
    data.C = 1;
    data.n = set.test.count();
    data.images = set.test.images;
    data.size = settings.size;
    data.objects = full_objects(set.test);
    data.norm_Y_I = set.test.norm_Y_I;
    data.metadata.nimgs_test = settings.nimgs_test;
    data.metadata.outer_offset_test = settings.outer_offset_test;
    for (const Complex p : set.probe) data.probe.emplace_back(p);
    nu = set.nu;
    cpu::Threads team(1);
    data.diffraction.resize(static_cast<std::size_t>(data.n) * static_cast<std::size_t>(data.N * data.N));
    compute_diffraction(set, set.test, team, data.diffraction);
    stride = set.test.stride;
    scan.emplace(data);
  }

  /// val_loss, amplitude SSIM and amplitude MAE of a network under a probe gain.
  struct Score {
    double loss = 0, ssim = 0, mae = 0, spread = 0;
  };
  [[nodiscard]] Score score(const Model& model, const std::string& gain, std::int64_t batch = 16) const {
    const Physics physics(data, probe_gain(gain).value(), cpu());
    ScanValidation validation({.model = model,
                               .data = data,
                               .test = &data,
                               .scan = &*scan,
                               .loss = physics_loss(physics, "mae", 1),
                               .batch_size = batch,
                               .device = cpu()});
    const training::Validation::Result result = validation.run(0);
    EXPECT_EQ(result.measures[0].first, kAmplitudeSsim);
    EXPECT_EQ(result.measures[1].first, kAmplitudeMae);
    EXPECT_EQ(result.measures[2].first, kAmplitudeSpread);
    return {result.val_loss, result.measures[0].second, result.measures[1].second, result.measures[2].second};
  }
  /// Of the object whose every pixel is c, in units of the normalised object.
  [[nodiscard]] Score of_constant(double c, const std::string& gain = "1", std::int64_t batch = 16) const {
    return score(Constant(c / (probe_gain(gain)->fixed * nu)), gain, batch);
  }

  PtychoData data;
  std::optional<TestScan> scan;
  double nu = 0;
  int stride = 0;
};

// Section 10.4, item 3 of the specification, on whatever probe.
void expect_perfect_generator(const TestSplit& split) {
  for (const char* gain : {"1", "fixed:16"}) {
    const double g = probe_gain(gain)->fixed;
    const auto s =
        split.score(Recital(true_patches(split.data, split.stride, 1 / (*split.data.norm_Y_I * g * split.nu))), gain);
    EXPECT_NEAR(s.loss, 0.0011, 0.0002) << gain;
    EXPECT_GT(s.ssim, 0.999) << gain;
    EXPECT_LT(s.mae, 1e-3) << gain;
  }
  // 2178 patterns are 136 batches of 16 and one of 2, whose gain is 8 times too small for the same object.
  const auto batch =
      split.score(Recital(true_patches(split.data, split.stride, 1 / (*split.data.norm_Y_I * 16 * split.nu))), "batch");
  EXPECT_NEAR(batch.loss, 0.0019, 0.0002);
  EXPECT_GT(batch.ssim, 0.999);
}

TEST(ScanValidation, APerfectGeneratorScoresTheNoiseAlone) { expect_perfect_generator(TestSplit(GridLines{})); }

TEST(ScanValidation, AConstantObjectScoresTheFloor) {
  // Option A of the specification, section 2.5: the floor of a constant object is 0.1756.
  const TestSplit split{GridLines{}};
  double least = 1;
  for (const double c : {0.655, 0.665, 0.675, 0.685}) least = std::min(least, split.of_constant(c).loss);
  EXPECT_NEAR(least, 0.1756, 0.001);
  // The fingerprint of collapse, section 7.4; any constant gives it.
  const auto s = split.of_constant(0.6, "fixed:16");
  EXPECT_NEAR(s.ssim, 0.277114, 1e-4);
  EXPECT_NEAR(s.mae, 0.513058, 1e-4);
  EXPECT_LT(s.spread, 1e-6);
}

TEST(ScanValidation, TheCurveOfConstantObjectsUnderTheMeasuredProbe) {
  const std::string probe = shared_probe();
  if (probe.empty()) GTEST_SKIP() << "needs the measured probe";
  GridLines settings;
  settings.probe_source = ProbeSource::custom;
  settings.probe_npz = probe;
  const TestSplit two(settings);
  expect_perfect_generator(two);
  // Section 3.6, first row: ratio per batch of 16 in file order, averaged by batch size.
  const std::pair<double, double> row[] = {{0.55, 0.2347}, {0.60, 0.1980}, {0.62, 0.1880}, {0.64, 0.1811},
                                           {0.66, 0.1775}, {0.68, 0.1771}, {0.70, 0.1801}, {0.72, 0.1863}};
  for (const auto& [c, loss] : row) EXPECT_NEAR(two.of_constant(c).loss, loss, 1e-3) << c;
  EXPECT_NEAR(two.of_constant(0.672).loss, 0.1769, 1e-3);
  EXPECT_NEAR(two.of_constant(0.672, "1", 8).loss, 0.1782, 1e-3);
  // Gain batch: the last 2 patterns see an object 8 times too faint.
  EXPECT_NEAR(two.score(Constant(0.672 / (16 * two.nu)), "batch").loss, 0.1776, 1e-3);

  settings.nimgs_train = settings.nimgs_test = 1;
  const TestSplit one(settings);
  const std::pair<double, double> second[] = {{0.55, 0.2383}, {0.60, 0.2009}, {0.62, 0.1906}, {0.64, 0.1833},
                                              {0.66, 0.1791}, {0.68, 0.1781}, {0.70, 0.1804}, {0.72, 0.1859}};
  for (const auto& [c, loss] : second) EXPECT_NEAR(one.of_constant(c).loss, loss, 1e-3) << c;
}

// A loss that can be worked out by hand: the mean of the first pixel of the patterns.
double first_pixels(const PtychoData& data, std::int64_t first, std::int64_t last) {
  double sum = 0;
  for (std::int64_t i = first; i < last; ++i)
    sum += static_cast<double>(data.diffraction[static_cast<std::size_t>(i) * 256]);
  return sum / static_cast<double>(last - first);
}

TEST(ScanValidation, BatchesCountByTheirSize) {
  const TestSplit split(small_set());  // 169 patterns
  const auto loss = [](const Var&, const Var& x) {
    const std::vector<float> values = x.value().to_host<float>();
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); i += 256) worst = std::max(worst, static_cast<double>(values[i]));
    return Var(Tensor::full(Shape{}, Dtype::float32, cpu(), worst));
  };
  double expected = 0;
  for (std::int64_t first = 0; first < 169; first += 16) {
    double worst = 0;
    const std::int64_t last = std::min<std::int64_t>(first + 16, 169);
    for (std::int64_t i = first; i < last; ++i) worst = std::max(worst, first_pixels(split.data, i, i + 1));
    expected += worst * static_cast<double>(last - first) / 169;
  }
  const Constant model(1);
  ScanValidation validation({.model = model,
                             .data = split.data,
                             .test = nullptr,
                             .scan = nullptr,
                             .loss = loss,
                             .batch_size = 16,
                             .device = cpu()});
  const auto result = validation.run(0);
  EXPECT_NEAR(result.val_loss, expected, 1e-6);
  EXPECT_TRUE(result.measures.empty());
}

TEST(ScanValidation, ValLossOfOneFileAndTheScanOfAnother) {
  const TestSplit test(small_set());
  GridLines other = small_set();
  other.nimgs_test = 2;
  const TestSplit validated(other);
  const Physics physics(test.data, {}, cpu());
  const training::LossFunction loss = physics_loss(physics, "mae", 1);
  const Constant model(0.6 / test.nu);
  ScanValidation both({.model = model,
                       .data = validated.data,
                       .test = &test.data,
                       .scan = &*test.scan,
                       .loss = loss,
                       .batch_size = 16,
                       .device = cpu()});
  const auto result = both.run(0);
  EXPECT_NEAR(result.val_loss, validated.score(model, "1").loss, 1e-6);
  EXPECT_NE(result.val_loss, test.score(model, "1").loss);
  EXPECT_NEAR(result.measures[0].second, test.score(model, "1").ssim, 1e-6);
  EXPECT_NEAR(result.measures[1].second, test.score(model, "1").mae, 1e-6);
}

}  // namespace
}  // namespace fno::ptychography

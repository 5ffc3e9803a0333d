#include "tools/tasks/ptychography/image_metrics.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"
#include "tests/tools/tasks/ptychography/test_truth.h"

namespace fno::ptychography {
namespace {

using fno::test::throws_error;

ComplexImage times(ComplexImage image, std::complex<float> factor) {
  for (auto& v : image.values) v *= factor;
  return image;
}

// exp(i (down·row + right·col + offset)).
ComplexImage tilted(ComplexImage image, double down, double right, double offset) {
  for (int r = 0; r < image.rows; ++r)
    for (int c = 0; c < image.cols; ++c)
      image.at(r, c) *= std::complex<float>(std::polar(1.0, down * r + right * c + offset));
  return image;
}

TEST(Score, AConstantHasThePublishedFingerprint) {
  // Oracle: the check row of the specification, recomputed there with the original's Python libraries.
  const ComplexImage truth = test::test_truth();
  for (const std::complex<float> value : {std::complex<float>(1), std::complex<float>(0.04f)}) {
    const ReconMetrics m = score(truth, filled_image(330, 330, value));
    EXPECT_NEAR(m.mae.amplitude, 0.513058, 1e-6);
    EXPECT_NEAR(m.mse.amplitude, 0.411167, 1e-6);
    EXPECT_NEAR(m.psnr.amplitude, 51.9906, 1e-4);
    EXPECT_NEAR(m.ssim.amplitude, 0.277114, 1e-6);
    EXPECT_NEAR(m.ms_ssim.amplitude, 0.1023, 5e-5);
    EXPECT_NEAR(m.mean_match_factor * static_cast<double>(value.real()), 2.889509, 1e-6);
    EXPECT_EQ(m.amplitude_std_over_mean(), 0);
    EXPECT_EQ(m.frc50.amplitude, 1);
    // √0.411167 is the spread of the truth, its range 4.089945.
    EXPECT_NEAR(m.psnr_data_range.amplitude, 20 * std::log10(4.089945 / 0.641223), 1e-4);
  }
}

TEST(Score, ConstantBaselineIsThatOfAConstant) {
  const ComplexImage truth = test::test_truth(true);
  const ReconMetrics m = score_constant(truth);
  EXPECT_NEAR(m.mae.amplitude, 0.513058, 1e-5);
  EXPECT_NEAR(m.ssim.amplitude, 0.277114, 1e-5);
  // With the phase of --set-phi over two objects a phase of zero scores these.
  EXPECT_NEAR(m.ssim.phase, 0.845, 5e-4);
  EXPECT_NEAR(m.mae.phase, 0.190, 5e-4);
}

TEST(Score, TheTruthItselfIsPerfect) {
  const ComplexImage truth = test::test_truth(true);
  const ReconMetrics m = score(truth, times(truth, {0.0f, 0.25f}));
  EXPECT_LT(m.mae.amplitude, 1e-6);
  EXPECT_LT(m.mae.phase, 1e-6);
  EXPECT_NEAR(m.ssim.amplitude, 1, 1e-9);
  EXPECT_NEAR(m.ssim.phase, 1, 1e-9);
  EXPECT_NEAR(m.ms_ssim.amplitude, 1, 1e-9);
  EXPECT_NEAR(m.mean_match_factor, 4, 1e-6);
  EXPECT_EQ(m.frc50.amplitude, 232);
  EXPECT_NEAR(m.amplitude_std_over_mean(), 0.641223 / 2.889509, 1e-6);
  const ReconMetrics same = score(truth, truth);
  EXPECT_TRUE(std::isinf(same.psnr_data_range.amplitude));
  EXPECT_NEAR(same.psnr.amplitude, 20 * std::log10(255 / 2.2e-16), 1e-3);
}

TEST(Score, WhiteNoiseScoresAsPublished) {
  const ComplexImage truth = test::test_truth();
  for (const auto& [std, expected] : {std::pair{0.05, 0.972}, {0.079, 0.935}, {0.10, 0.900}}) {
    const ReconMetrics m = score(truth, test::noisy(truth, std));
    EXPECT_NEAR(m.ssim.amplitude, expected, 2e-3) << std;
    EXPECT_NEAR(m.mae.amplitude, std * std::sqrt(2 / 3.14159265), 0.01 * std) << std;
    EXPECT_NEAR(m.mse.amplitude, std * std, 0.02 * std * std) << std;
  }
}

TEST(Score, PhaseOfARealTruthHasNoCurve) {
  const ComplexImage truth = test::test_truth();
  const ReconMetrics m = score(truth, truth);
  EXPECT_FALSE(m.frc_phase.has_value());
  EXPECT_TRUE(std::isnan(m.frc50.phase));
  EXPECT_TRUE(std::isnan(m.frc1over7.phase));
  EXPECT_EQ(m.mae.phase, 0);
  EXPECT_NEAR(m.ssim.phase, 1, 1e-12);
}

TEST(Score, AGlobalPhaseAndATiltDoNotCount) {
  const ComplexImage truth = test::test_truth(true), noise = test::noisy(truth, 0.1);
  const ComplexImage other = tilted(noise, 0, 0, 0);
  const ReconMetrics straight = score(truth, other), turned = score(truth, tilted(noise, 2e-3, -1e-3, 0.4));
  EXPECT_NEAR(turned.mae.phase, straight.mae.phase, 1e-6);
  EXPECT_NEAR(turned.ssim.phase, straight.ssim.phase, 1e-6);
  EXPECT_NEAR(turned.mae.amplitude, straight.mae.amplitude, 1e-6);
  // With the mean alone the tilt stays: over 326 pixels ±0.33 rad and ±0.16 rad.
  const ScoringOptions mean{.phase_alignment = PhaseAlignment::mean};
  EXPECT_NEAR(score(truth, tilted(noise, 0, 0, 0.4), mean).mae.phase, score(truth, other, mean).mae.phase, 1e-6);
  EXPECT_GT(score(truth, tilted(noise, 2e-3, -1e-3, 0), mean).mae.phase, 0.1);
}

TEST(Score, LeavesTheRimOut) {
  const ComplexImage truth = test::test_truth();
  ComplexImage spoilt = truth;
  for (int i = 0; i < truth.rows; ++i)
    for (const int k : {0, 1, truth.rows - 2, truth.rows - 1}) spoilt.at(i, k) = spoilt.at(k, i) = {1e6f, 1e6f};
  EXPECT_EQ(score(truth, spoilt).mae.amplitude, 0);
  EXPECT_GT(score(truth, spoilt, {.trim = 1}).mae.amplitude, 1);
}

TEST(Score, ZeroAndNotFiniteReconstructions) {
  const ComplexImage truth = cropped(test::test_truth(), 0, 0, 40, 40);
  const ReconMetrics zero = score(truth, filled_image(40, 40, std::complex<float>(0)));
  EXPECT_EQ(zero.amplitude_std_over_mean(), 0);
  EXPECT_NEAR(zero.mae.amplitude, mean_and_std(amplitude_of(trimmed(truth, 2))).mean, 1e-12);
  ComplexImage broken = truth;
  broken.at(20, 20) = {NAN, 0};
  const ReconMetrics nan = score(truth, broken);
  EXPECT_TRUE(std::isnan(nan.mae.amplitude));
  EXPECT_TRUE(std::isnan(nan.ssim.amplitude));
  EXPECT_TRUE(std::isnan(nan.amplitude_std_over_mean()));
  EXPECT_TRUE(std::isnan(nan.frc50.amplitude));
  EXPECT_TRUE(throws_error(ErrorKind::config, "must have one size",
                           [&] { static_cast<void>(score(truth, cropped(truth, 0, 0, 39, 40))); }));
  EXPECT_TRUE(
      throws_error(ErrorKind::config, "not be empty", [&] { static_cast<void>(score(truth, truth, {.trim = 20})); }));
}

TEST(AlignedPhase, RemovesAPlaneAndNothingElse) {
  RealImage image = test::noise_image(9, 14, 3), with_plane = image;
  for (int r = 0; r < 9; ++r)
    for (int c = 0; c < 14; ++c) with_plane.at(r, c) += 0.3 * r - 0.7 * c + 11;
  const RealImage a = aligned_phase(image, PhaseAlignment::plane), b = aligned_phase(with_plane, PhaseAlignment::plane);
  for (std::size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], 1e-12);
  const Plane rest = fit_plane(a), found = fit_plane(with_plane), own = fit_plane(image);
  EXPECT_NEAR(rest.slope_row, 0, 1e-14);
  EXPECT_NEAR(rest.slope_col, 0, 1e-14);
  EXPECT_NEAR(rest.offset, 0, 1e-13);
  EXPECT_NEAR(found.slope_row - own.slope_row, 0.3, 1e-12);
  EXPECT_NEAR(found.slope_col - own.slope_col, -0.7, 1e-12);
  EXPECT_NEAR(found.offset - own.offset, 11, 1e-11);
  EXPECT_EQ(fit_plane(filled_image(1, 1, 4.0)).offset, 4);
}

TEST(MetricsJson, HasTheKeysAndFlagsOfTheContract) {
  const ComplexImage truth = test::test_truth();
  const training::Json json = metrics_json(score(truth, test::noisy(truth, 0.1)), score_constant(truth));
  for (const char* key : {"mae", "mse", "psnr", "ssim", "ms_ssim", "frc50", "frc1over7", "psnr_data_range"})
    EXPECT_EQ(json.at(key).size(), 2U) << key;
  EXPECT_NEAR(json["ssim"][0].get<double>(), 0.9, 2e-3);
  EXPECT_EQ(json["frc"][0].size(), 232U);
  EXPECT_TRUE(json["frc"][1].is_null());
  EXPECT_FALSE(json.contains("mae_not_finite"));
  EXPECT_TRUE(json["frc50"][1].is_null());
  EXPECT_EQ(json["frc50_not_finite"].dump(), R"([null,"nan"])");
  EXPECT_NEAR(json["baseline"]["mae"][0].get<double>(), 0.513058, 1e-6);
  EXPECT_FALSE(json["baseline"].contains("frc"));
}

TEST(MetricsJson, NamesACurveThatIsNotFinite) {
  ReconMetrics m;
  m.frc_amplitude = {1, std::nan("")};
  const training::Json json = metrics_json(m);
  EXPECT_EQ(json["frc"].dump(), "[[1.0,null],null]");
  EXPECT_EQ(json["frc_not_finite"].dump(), R"(["nan",null])");
}

TEST(ReconMetrics, ReadBackFromTheirJson) {
  ReconMetrics m;
  m.ssim = {0.25, 0.5};
  m.psnr = {51.5, std::numeric_limits<double>::infinity()};
  m.frc50 = {40, std::numeric_limits<double>::quiet_NaN()};
  m.frc_amplitude = {1, 0.5};
  m.amplitude_mean = 2;
  const auto read = recon_metrics(metrics_json(m)).value();
  EXPECT_EQ(read.ssim.phase, 0.5);
  EXPECT_TRUE(std::isinf(read.psnr.phase));
  EXPECT_TRUE(std::isnan(read.frc50.phase));
  EXPECT_EQ(read.frc_amplitude, m.frc_amplitude);
  EXPECT_FALSE(read.frc_phase);
  EXPECT_EQ(read.amplitude_mean, 2);
  EXPECT_FALSE(recon_metrics(training::Json{{"test", nullptr}}));
}

}  // namespace
}  // namespace fno::ptychography

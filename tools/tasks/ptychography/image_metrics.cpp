#include "tools/tasks/ptychography/image_metrics.h"

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <numbers>

#include "tools/tasks/ptychography/gaussian_filter.h"
#include "tools/tasks/ptychography/ssim.h"

namespace fno::ptychography {
namespace {

using training::Json;

double mean_absolute_error(const RealImage& a, const RealImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::abs(a.values[i] - b.values[i]);
  return sum / static_cast<double>(a.values.size());
}

double mean_squared_error(const RealImage& a, const RealImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::pow(a.values[i] - b.values[i], 2);
  return sum / static_cast<double>(a.values.size());
}

double psnr(double mse, double peak) { return 20 * std::log10(peak / std::sqrt(mse)); }

// Phases of -π … π as numbers of 0 … 1.
RealImage turns(const RealImage& phase) {
  RealImage result = phase;
  for (double& v : result.values) v = (v + std::numbers::pi) / (2 * std::numbers::pi);
  return result;
}

RealImage smoothed(const RealImage& image, double sigma) {
  RealImage result = image;
  gaussian_filter(result.values, result.rows, result.cols, sigma);
  return result;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json null_or_name(double value) {
  return std::isfinite(value) ? Json(nullptr) : Json(training::not_finite_name(value));
}

void put_pair(Json& object, const std::string& key, AmplitudePhase pair) {
  object[key] = Json::array({number_or_null(pair.amplitude), number_or_null(pair.phase)});
  if (std::isfinite(pair.amplitude) && std::isfinite(pair.phase)) return;
  object[key + "_not_finite"] = Json::array({null_or_name(pair.amplitude), null_or_name(pair.phase)});
}

Json curve_json(const std::optional<std::vector<double>>& curve) {
  if (!curve) return nullptr;
  Json list = Json::array();
  for (const double v : *curve) list.push_back(number_or_null(v));
  return list;
}

// A curve is not finite as a whole: its transform is, or is not.
Json curve_flag(const std::optional<std::vector<double>>& curve) {
  if (curve)
    for (const double v : *curve)
      if (!std::isfinite(v)) return training::not_finite_name(v);
  return nullptr;
}

Json numbers_json(const ReconMetrics& m) {
  Json object = Json::object();
  put_pair(object, "mae", m.mae);
  put_pair(object, "mse", m.mse);
  put_pair(object, "psnr", m.psnr);
  put_pair(object, "ssim", m.ssim);
  put_pair(object, "ms_ssim", m.ms_ssim);
  put_pair(object, "frc50", m.frc50);
  put_pair(object, "frc1over7", m.frc1over7);
  put_pair(object, "frc50_interpolated", m.frc50_interpolated);
  put_pair(object, "frc1over7_interpolated", m.frc1over7_interpolated);
  put_pair(object, "psnr_data_range", m.psnr_data_range);
  put_pair(object, "ssim_gaussian", m.ssim_gaussian);
  training::put_number(object, "mean_match_factor", m.mean_match_factor);
  training::put_number(object, "amplitude_mean", m.amplitude_mean);
  training::put_number(object, "amplitude_std", m.amplitude_std);
  training::put_number(object, "amplitude_std_over_mean", m.amplitude_std_over_mean());
  return object;
}

}  // namespace

ScoredImages scored_images(const ComplexImage& truth, const ComplexImage& recon, const ScoringOptions& options) {
  check_same_size(truth, recon, "metrics");
  require<ErrorKind::config>(options.trim >= 0, "metrics: trim ", options.trim, ", it must not be negative");
  const ComplexImage t = trimmed(truth, options.trim), r = trimmed(recon, options.trim);
  ScoredImages images{.truth_amplitude = amplitude_of(t),
                      .recon_amplitude = amplitude_of(r),
                      .truth_phase = aligned_phase(phase_of(t), options.phase_alignment),
                      .recon_phase = aligned_phase(phase_of(r), options.phase_alignment)};
  images.recon_spread = mean_and_std(images.recon_amplitude);
  if (images.recon_spread.mean != 0)
    images.mean_match_factor = mean_and_std(images.truth_amplitude).mean / images.recon_spread.mean;
  for (double& v : images.recon_amplitude.values) v *= images.mean_match_factor;
  return images;
}

double published_psnr(double mse) {
  const float root = std::sqrt(static_cast<float>(mse));
  return static_cast<double>(20.0f * std::log10(255.0f / (root + 2.2e-16f)));
}

ReconMetrics score(const ComplexImage& truth, const ComplexImage& recon, const ScoringOptions& options) {
  const ScoredImages images = scored_images(truth, recon, options);
  const RealImage &ta = images.truth_amplitude, &ra = images.recon_amplitude;
  const RealImage &tp = images.truth_phase, &rp = images.recon_phase;
  const RealImage truth_turns = turns(tp), recon_turns = turns(rp);
  const double range = range_of(ta);

  ReconMetrics m;
  m.mae = {mean_absolute_error(ta, ra), mean_absolute_error(tp, rp)};
  m.mse = {mean_squared_error(ta, ra), mean_squared_error(tp, rp)};
  m.psnr = {published_psnr(m.mse.amplitude), published_psnr(m.mse.phase)};
  m.psnr_data_range = {psnr(m.mse.amplitude, range), psnr(m.mse.phase, 2 * std::numbers::pi)};
  m.ssim = {ssim(ta, ra, range), ssim(truth_turns, recon_turns, 1)};
  m.ssim_gaussian = {ssim(ta, ra, range, gaussian_window()), ssim(truth_turns, recon_turns, 1, gaussian_window())};
  m.ms_ssim = {ms_ssim(smoothed(ta, 1), smoothed(ra, 1)), ms_ssim(truth_turns, recon_turns)};
  m.frc_amplitude = ring_correlation(ta, ra);
  m.frc_phase = ring_correlation(tp, rp);
  m.frc50 = {ring_cutoff(m.frc_amplitude, 0.5), ring_cutoff(m.frc_phase, 0.5)};
  m.frc1over7 = {ring_cutoff(m.frc_amplitude, 1.0 / 7), ring_cutoff(m.frc_phase, 1.0 / 7)};
  m.frc50_interpolated = {interpolated_ring_cutoff(m.frc_amplitude, 0.5), interpolated_ring_cutoff(m.frc_phase, 0.5)};
  m.frc1over7_interpolated = {interpolated_ring_cutoff(m.frc_amplitude, 1.0 / 7),
                              interpolated_ring_cutoff(m.frc_phase, 1.0 / 7)};
  m.mean_match_factor = images.mean_match_factor;
  m.amplitude_mean = images.recon_spread.mean;
  m.amplitude_std = images.recon_spread.std;
  return m;
}

ReconMetrics score_constant(const ComplexImage& truth, const ScoringOptions& options) {
  return score(truth, filled_image(truth.rows, truth.cols, std::complex<float>(1)), options);
}

Json metrics_json(const ReconMetrics& metrics, const std::optional<ReconMetrics>& baseline) {
  Json object = numbers_json(metrics);
  object["frc"] = Json::array({curve_json(metrics.frc_amplitude), curve_json(metrics.frc_phase)});
  const Json flags = Json::array({curve_flag(metrics.frc_amplitude), curve_flag(metrics.frc_phase)});
  if (!flags[0].is_null() || !flags[1].is_null()) object["frc_not_finite"] = flags;
  if (baseline) object["baseline"] = numbers_json(*baseline);
  return object;
}

}  // namespace fno::ptychography

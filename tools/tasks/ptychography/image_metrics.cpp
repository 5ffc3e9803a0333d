#include "tools/tasks/ptychography/image_metrics.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

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

constexpr const char* kFlag = "_not_finite";  // behind the key whose null has a name there

// The numbers of M, in its order; amplitude_std_over_mean follows from the last two.
constexpr std::pair<const char*, AmplitudePhase ReconMetrics::*> kPairs[] = {
    {"mae", &ReconMetrics::mae},
    {"mse", &ReconMetrics::mse},
    {"psnr", &ReconMetrics::psnr},
    {"ssim", &ReconMetrics::ssim},
    {"ms_ssim", &ReconMetrics::ms_ssim},
    {"frc50", &ReconMetrics::frc50},
    {"frc1over7", &ReconMetrics::frc1over7},
    {"frc50_interpolated", &ReconMetrics::frc50_interpolated},
    {"frc1over7_interpolated", &ReconMetrics::frc1over7_interpolated},
    {"psnr_data_range", &ReconMetrics::psnr_data_range},
    {"ssim_gaussian", &ReconMetrics::ssim_gaussian}};
constexpr std::pair<const char*, double ReconMetrics::*> kScalars[] = {
    {"mean_match_factor", &ReconMetrics::mean_match_factor},
    {"amplitude_mean", &ReconMetrics::amplitude_mean},
    {"amplitude_std", &ReconMetrics::amplitude_std}};

Json numbers_json(const ReconMetrics& m) {
  Json object = Json::object();
  for (const auto& [key, member] : kPairs) {
    const auto [amplitude, phase] = m.*member;
    object[key] = Json::array({number_or_null(amplitude), number_or_null(phase)});
    if (!std::isfinite(amplitude) || !std::isfinite(phase))
      object[std::string(key) + kFlag] = Json::array({null_or_name(amplitude), null_or_name(phase)});
  }
  for (const auto& [key, member] : kScalars) training::put_number(object, key, m.*member);
  training::put_number(object, "amplitude_std_over_mean", m.amplitude_std_over_mean());
  return object;
}

// Null stands for a value that is not finite, with its name beside, or for one that is missing: NaN.
double number(const Json& value, const Json& name) {
  if (value.is_number()) return value.get<double>();
  return name.is_string() ? training::exact_number(name) : std::numeric_limits<double>::quiet_NaN();
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

std::optional<ReconMetrics> recon_metrics(const Json& json) {
  if (!json.is_object() || !json.contains("ssim")) return std::nullopt;
  const auto member = [&](const std::string& key, std::size_t i) {
    const Json list = json.value(key, Json());
    return list.is_array() ? list.at(i) : Json();
  };
  ReconMetrics m;
  for (const auto& [key, pair] : kPairs) {
    const std::string flag = std::string(key) + kFlag;
    m.*pair = {number(member(key, 0), member(flag, 0)), number(member(key, 1), member(flag, 1))};
  }
  for (const auto& [key, scalar] : kScalars)
    m.*scalar = number(json.value(key, Json()), json.value(std::string(key) + kFlag, Json()));
  for (const std::size_t i : {0, 1}) {
    const Json values = member("frc", i);
    if (!values.is_array()) continue;
    std::vector<double>& curve = (i == 0 ? m.frc_amplitude : m.frc_phase).emplace();
    for (const Json& v : values) curve.push_back(number(v, nullptr));
  }
  return m;
}

}  // namespace fno::ptychography

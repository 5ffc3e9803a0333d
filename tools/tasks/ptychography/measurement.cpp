#include "tools/tasks/ptychography/measurement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "framework/cpu/device.h"
#include "framework/ops/fourier.h"
#include "tools/report/text.h"

namespace fno::ptychography {
namespace {

using Field = std::vector<std::complex<float>>;

// |FFT2| of images (n, N, N), frequency 0 first.
std::vector<float> spectrum(const Field& images, int N, const Device& device) {
  const NoGrad guard;
  std::vector<float> pairs;
  pairs.reserve(2 * images.size());
  for (const std::complex<float> z : images) pairs.insert(pairs.end(), {z.real(), z.imag()});
  const auto n = static_cast<std::int64_t>(images.size()) / (std::int64_t{N} * N);
  const Var x(Tensor::from(pairs, Shape{n, 1, N, N, 2}, device).as_complex());
  const std::vector<float> parts = fft(x).value().as_real().to_host<float>();
  std::vector<float> out(images.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::hypot(parts[2 * i], parts[2 * i + 1]);
  return out;
}

// Whole numbers, or roots of them; of those values that are small enough for float32 to tell.
struct Wholeness {
  bool whole = true, root = true;
};

Wholeness wholeness(std::span<const float> values, const std::vector<float>& mask, std::size_t pixels) {
  constexpr double kMostForRoots = 1e3, kNear = 1e-3;
  constexpr int kFewest = 16;
  Wholeness w;
  int roots = 0;
  bool any = false;
  for (std::size_t i = 0; i < values.size() && (w.whole || w.root); ++i) {
    const double v = values[i], square = v * v;
    if (v <= 0 || weight_of(mask, static_cast<std::int64_t>(i / pixels), i % pixels, pixels) == 0) continue;
    any = true;
    if (v != std::round(v)) w.whole = false;
    if (square > kMostForRoots) continue;
    ++roots;
    if (std::abs(square - std::round(square)) > kNear || square < kNear) w.root = false;
  }
  w.whole = w.whole && any;
  w.root = w.root && roots >= kFewest;
  return w;
}

// Patterns evenly over the scan.
std::vector<std::size_t> some_of(std::size_t n, std::size_t most) {
  std::vector<std::size_t> chosen;
  const std::size_t step = std::max<std::size_t>(1, n / most);
  for (std::size_t i = 0; i < n && chosen.size() < most; i += step) chosen.push_back(i);
  return chosen;
}

// The energy of the transforms of these intensities beyond that which the autocorrelation of |probe| allows.
double leakage(const std::vector<float>& intensities, const std::vector<float>& allowed, int N, const Device& device) {
  const std::size_t pixels = allowed.size();
  const std::vector<float> found = spectrum(Field(intensities.begin(), intensities.end()), N, device);
  double beyond = 0, all = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double origin = found[i - i % pixels];
    if (!(origin > 0)) continue;
    const double f = static_cast<double>(found[i]) / origin;
    const double excess = std::max(0.0, f - static_cast<double>(allowed[i % pixels]));
    beyond += excess * excess;
    all += f * f;
  }
  return all > 0 ? beyond / all : 0;
}

}  // namespace

std::vector<float> far_field(std::span<const std::complex<float>> field, int N) {
  const std::vector<float> spectrum_of = spectrum(Field(field.begin(), field.end()), N, cpu_device(1));
  std::vector<float> out(spectrum_of.size());
  const int half = N / 2;
  for (int r = 0; r < N; ++r)
    for (int c = 0; c < N; ++c)
      out[static_cast<std::size_t>((r + half) % N * N + (c + half) % N)] =
          spectrum_of[static_cast<std::size_t>(r * N + c)] / static_cast<float>(N);
  return out;
}

ScaledFit fit_scale(std::span<const float> a, std::span<const float> x, const std::vector<float>& mask) {
  const std::size_t pixels = a.size(), n = x.size() / pixels;
  const auto error = [&](double c, const std::vector<std::size_t>& patterns) {
    double difference = 0, total = 0;
    for (const std::size_t i : patterns)
      for (std::size_t p = 0; p < pixels; ++p) {
        const double w = weight_of(mask, static_cast<std::int64_t>(i), p, pixels), v = x[i * pixels + p];
        difference += w * std::abs(c * static_cast<double>(a[p]) - v);
        total += w * v;
      }
    return total > 0 ? difference / total : 0.0;
  };
  constexpr std::size_t kSearched = 256;
  constexpr int kSteps = 40;
  const std::vector<std::size_t> some = some_of(n, kSearched);
  double shape = 0, size = 0;
  for (const std::size_t i : some)
    for (std::size_t p = 0; p < pixels; ++p) {
      const double w = weight_of(mask, static_cast<std::int64_t>(i), p, pixels);
      shape += w * static_cast<double>(a[p]);
      size += w * static_cast<double>(x[i * pixels + p]);
    }
  if (!(shape > 0)) return {1, 0};
  // The best c is a weighted median of x/a, and no median exceeds twice its mean. The error is convex: golden section.
  double low = 0, high = 2 * size / shape;
  constexpr double kGolden = 0.6180339887498949;
  double c1 = high - kGolden * (high - low), c2 = low + kGolden * (high - low);
  double e1 = error(c1, some), e2 = error(c2, some);
  for (int step = 0; step < kSteps; ++step) {
    if (e1 < e2) {
      high = c2;
      c2 = c1;
      e2 = e1;
      e1 = error(c1 = high - kGolden * (high - low), some);
    } else {
      low = c1;
      c1 = c2;
      e1 = e2;
      e2 = error(c2 = low + kGolden * (high - low), some);
    }
  }
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double scale = 0.5 * (low + high);
  return {error(scale, all), scale};
}

MeasuredKind measured_kind(std::span<const float> values, int N, std::span<const std::complex<float>> probe,
                           const std::vector<float>& mask) {
  const auto pixels = static_cast<std::size_t>(N) * static_cast<std::size_t>(N);
  const Wholeness w = wholeness(values, mask, pixels);
  if (w.whole) return {true, "whole numbers, so counts"};
  if (w.root) return {false, "their squares are whole numbers"};

  // As intensities, and as amplitudes: the mean of the patterns beside the diffraction of the probe alone.
  constexpr std::size_t kLooked = 64;
  constexpr double kClearly = 1.5;
  const std::vector<std::size_t> some = some_of(values.size() / pixels, kLooked);
  std::vector<double> sum(pixels), squares(pixels), weights(pixels);
  for (const std::size_t i : some)
    for (std::size_t p = 0; p < pixels; ++p) {
      const double weight = weight_of(mask, static_cast<std::int64_t>(i), p, pixels);
      const double v = std::max(0.0, static_cast<double>(values[i * pixels + p])) * weight;
      sum[p] += v;
      squares[p] += v * v;
      weights[p] += weight;
    }
  std::vector<float> as_intensities(pixels), as_amplitudes(pixels), counted(pixels);
  for (std::size_t p = 0; p < pixels; ++p) {
    if (weights[p] == 0) continue;
    counted[p] = 1;
    as_intensities[p] = static_cast<float>(std::sqrt(sum[p] / weights[p]));
    as_amplitudes[p] = static_cast<float>(std::sqrt(squares[p] / weights[p]));
  }
  const std::vector<float> alone = far_field(probe, N);
  const double i_error = fit_scale(alone, as_intensities, counted).error;
  const double a_error = fit_scale(alone, as_amplitudes, counted).error;
  using report::format_number;
  if (a_error > kClearly * i_error)
    return {true, "their roots are like the probe's diffraction (" + format_number(i_error, 2) + "), they are not (" +
                      format_number(a_error, 2) + ")"};

  if (mask.empty()) {
    constexpr double kFloor = 1e-3, kTimes = 10;
    const Device device = cpu_device(1);
    Field modulus(probe.size());
    std::ranges::transform(probe, modulus.begin(), [](std::complex<float> z) { return std::abs(z); });
    std::vector<float> power = spectrum(modulus, N, device);
    for (float& v : power) v *= v;
    std::vector<float> allowed = spectrum(Field(power.begin(), power.end()), N, device);  // real and even
    const float origin = allowed[0];
    for (float& v : allowed) v /= origin;
    std::vector<float> plain, squared;
    for (const std::size_t i : some)
      for (std::size_t p = 0; p < pixels; ++p) {
        const float v = std::max(0.f, values[i * pixels + p]);
        plain.push_back(v);
        squared.push_back(v * v);
      }
    const double i_leaks = leakage(plain, allowed, N, device), a_leaks = leakage(squared, allowed, N, device);
    if (a_leaks > kTimes * std::max(i_leaks, kFloor))
      return {true, "their squares vary faster than this probe allows, they do not"};
    if (i_leaks > kTimes * std::max(a_leaks, kFloor / kTimes))
      return {false, "they vary faster than this probe lets intensities vary, their squares do not"};
  }
  return {false, "by the contract, the numbers do not tell; else --measured intensities"};
}

Overlap overlap_of(const Positions& positions, std::span<const std::complex<float>> probe) {
  Overlap overlap;
  double power = 0, fourth = 0;
  for (const std::complex<float> p : probe) {
    const double square = std::norm(std::complex<double>(p));
    power += square;
    fourth += square * square;
  }
  if (fourth > 0) overlap.diameter = 2 * std::sqrt(power * power / fourth / std::numbers::pi);

  // Sorted along x, neighbours farther away than the nearest so far need not be looked at.
  std::vector<std::size_t> order(positions.x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return positions.x[i]; });
  double sum = 0;
  for (std::size_t at = 0; at < order.size(); ++at) {
    double nearest = std::numeric_limits<double>::infinity();
    const double x = positions.x[order[at]], y = positions.y[order[at]];
    const auto look = [&](std::size_t other) {
      const double dx = positions.x[order[other]] - x;
      if (std::abs(dx) >= nearest) return false;
      nearest = std::min(nearest, std::hypot(dx, positions.y[order[other]] - y));
      return true;
    };
    for (std::size_t other = at + 1; other < order.size() && look(other); ++other) {
    }
    for (std::size_t other = at; other-- > 0 && look(other);) {
    }
    sum += nearest;
  }
  if (order.size() > 1) overlap.spacing = sum / static_cast<double>(order.size());
  return overlap;
}

}  // namespace fno::ptychography

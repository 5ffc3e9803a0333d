#include "tools/tasks/ptychography/probe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/tasks/ptychography/gaussian_filter.h"

namespace fno::ptychography {
namespace {

/// f(i, row, col), the last two measured from the centre of the frame.
template <class F>
void for_each_pixel(int n, const F& f) {
  const double centre = 0.5 * (n - 1);
  std::size_t i = 0;
  for (int r = 0; r < n; ++r)
    for (int c = 0; c < n; ++c) f(i++, r - centre, c - centre);
}

std::size_t pixels(int n) { return static_cast<std::size_t>(n) * static_cast<std::size_t>(n); }

}  // namespace

std::vector<Complex> analytic_probe(int n) {
  const double pixels_each = 64.0 / n;  // of the 64 x 64 probe
  std::vector<Complex> probe(pixels(n));
  for_each_pixel(n, [&](std::size_t i, double row, double col) {
    const double r = pixels_each * std::hypot(row, col);
    const double disk = 0.5 * std::erfc((r - 23.3) / (std::numbers::sqrt2 * 4.9));
    const double ring = 1 + 0.35 * std::exp(-(r - 6.5) * (r - 6.5) / (2 * 2.0 * 2.0));
    probe[i] = std::polar(1.127 * disk * ring, 0.0533 * r * r / pixels_each);
  });
  return probe;
}

std::vector<Complex> ideal_disk_probe(int n) {
  const double deviation = n / (0.7 * std::numbers::pi * std::numbers::pi);
  std::vector<double> disk(pixels(n));
  for_each_pixel(n, [&](std::size_t i, double row, double col) {
    disk[i] = std::exp(-(row * row + col * col) / (2 * deviation * deviation)) > 0.5 ? 1 : 0;
  });
  gaussian_filter(disk, n, n, 1);
  std::vector<Complex> probe(disk.size());
  std::ranges::transform(disk, probe.begin(), [](double v) { return Complex(v + 1e-9); });
  return probe;
}

std::vector<Complex> read_probe(const std::string& path, int n) {
  const auto opened = open_array_file(path);
  const ArrayFile& file = *opened;
  const std::string what = path + ": array 'probeGuess'";
  require<ErrorKind::data>(file.contains("probeGuess"), what, " is missing; accepted: a complex array (", n, ", ", n,
                           ")");
  const ArrayInfo header = file.info("probeGuess");
  require<ErrorKind::data>(header.type == HostType::c64 || header.type == HostType::c128, what, ": found type ",
                           header.type_name(), ", accepted: complex64, complex128");
  require<ErrorKind::data>(header.shape == std::vector<std::int64_t>{n, n}, what, ": found shape ",
                           host_shape_text(header.shape), ", accepted: (", n, ", ", n, "), the side of a patch (--N)");
  const HostArray array = file.read("probeGuess");
  std::vector<Complex> probe(pixels(n));
  if (array.type == HostType::c128) {
    std::ranges::copy(array.values<Complex>(what), probe.begin());
  } else {
    std::ranges::copy(array.values<std::complex<float>>(what), probe.begin());
  }
  for (std::size_t i = 0; i < probe.size(); ++i)
    require<ErrorKind::data>(std::isfinite(probe[i].real()) && std::isfinite(probe[i].imag()), what, ": found ",
                             probe[i], " at index (", i / static_cast<std::size_t>(n), ", ",
                             i % static_cast<std::size_t>(n), "), accepted: finite numbers");
  require<ErrorKind::data>(std::ranges::any_of(probe, [](Complex z) { return z != 0.0; }), what,
                           ": found zeros only, accepted: a probe");
  return probe;
}

void smooth_amplitude(std::span<Complex> probe, int n, double sigma) {
  if (sigma == 0) return;
  std::vector<double> amplitude(probe.size());
  std::ranges::transform(probe, amplitude.begin(), [](Complex z) { return std::abs(z); });
  gaussian_filter(amplitude, n, n, sigma);
  for (std::size_t i = 0; i < probe.size(); ++i) probe[i] = std::polar(amplitude[i], std::arg(probe[i]));
}

void mask_probe(std::span<Complex> probe, int n, double diameter) {
  for_each_pixel(n, [&](std::size_t i, double row, double col) {
    if (row * row + col * col > diameter * diameter / 4) probe[i] = 0;
  });
}

double simulation_norm(std::span<const Complex> probe, int n) {
  double sum = 0;
  for_each_pixel(n, [&](std::size_t i, double row, double col) {
    if (std::hypot(row, col) < n / 4.0) sum += std::abs(probe[i]);
  });
  return 4 * sum / static_cast<double>(probe.size());
}

}  // namespace fno::ptychography

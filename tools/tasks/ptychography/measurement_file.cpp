#include "tools/tasks/ptychography/measurement_file.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tools/files/formats/open_array_file.h"
#include "tools/files/sha256.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/measurement_layouts.h"

namespace fno::ptychography {
namespace {

using report::format_number;

constexpr std::int64_t kLargestSide = 1 << 12;

std::string count_of(std::int64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

/// Reads one file, part by part; `said` are the parts of its line.
class Reading {
 public:
  Reading(const ArrayFile& file, const MeasurementReading& how) : file_(file), how_(how), reader_(file, data_.arrays) {
    data_.path = file.path();
    data_.metadata.where = file.path();
    data_.C = 1;
  }

  PtychoData data(const std::optional<ScanUnits>& units) {
    raw_ = read_raw(reader_);
    arrange_patterns();
    read_probe();
    arrange_mask();
    take_values();
    take_positions();
    take_truth();
    take_units(units);
    notice_suspicion();
    data_.sha256 = sha256_hex_of_file(file_.path());
    std::string text = data_.path + ": " + patterns_ + "; " + probe_ + "; " + positions_ + "; " + mask_ + "; " + truth_;
    for (std::size_t i = 0; i < converted_.size(); ++i) text += (i == 0 ? "; converted: " : ", ") + converted_[i];
    m_.text = std::move(text);
    data_.measurement = std::move(m_);
    return std::move(data_);
  }

 private:
  void arrange_patterns();
  void read_probe();
  void arrange_mask();
  void take_values();
  void take_positions();
  void take_truth();
  void take_units(const std::optional<ScanUnits>& units);
  void notice_suspicion();
  void notice(const std::string& what) { m_.notices.push_back(data_.path + ": " + what); }
  [[nodiscard]] std::size_t pixels() const {
    return static_cast<std::size_t>(data_.N) * static_cast<std::size_t>(data_.N);
  }

  const ArrayFile& file_;
  const MeasurementReading& how_;
  PtychoData data_;
  ArrayReader reader_;
  RawMeasurement raw_;
  Measurement m_;
  std::string type_, patterns_, probe_, positions_, mask_ = "no mask", truth_ = "no truth";
  std::vector<std::string> converted_;
};

void Reading::arrange_patterns() {
  HostArray& p = raw_.patterns;
  const auto n = static_cast<std::int64_t>(raw_.x.size());
  const std::string stored = host_shape_text(p.shape);
  if (p.shape.size() == 4 && p.shape[3] == 1) p.shape.pop_back();
  if (p.shape.size() == 3 && p.shape[0] != n && p.shape[2] == n) {
    constexpr std::size_t kOrder[] = {2, 0, 1};
    p = permuted(p, kOrder);
    converted_.emplace_back("the last axis counts the patterns");
  }
  const bool fits = p.shape.size() == 3 && p.shape[0] == n && n > 0;
  require<ErrorKind::data>(fits, where(data_.path, raw_.patterns_name), ": found shape ", stored, " and ",
                           count_of(n, "position"), ", accepted: (n, N, N) and a position for each pattern");
  require<ErrorKind::data>(p.shape[1] == p.shape[2] && p.shape[1] > 1 && p.shape[1] <= kLargestSide,
                           where(data_.path, raw_.patterns_name), ": found patterns of ", p.shape[1], " x ", p.shape[2],
                           ", accepted: square ones of at most ", kLargestSide, " a side; cut or pad them");
  data_.n = n;
  data_.N = static_cast<int>(p.shape[1]);
  type_ = name_of(p.type);
}

void Reading::read_probe() {
  const auto opened = how_.probe ? open_array_file(*how_.probe) : nullptr;
  const ArrayFile& file = opened ? *opened : file_;
  const std::optional<std::string> name = name_in(file, Role::probe);
  require<ErrorKind::data>(name.has_value(), file.path(), ": found no probe, accepted: an array ",
                           names_of_role(Role::probe), opened ? "" : ", or a file that has one, by --probe");
  ArrayReader reader(file, data_.arrays);
  const std::string what = where(file.path(), *name);
  const ArrayInfo header = file.info(*name);
  std::vector<std::int64_t> shape = header.shape;
  std::int64_t modes = 1;
  while (shape.size() > 2) {
    modes *= shape.front();
    shape.erase(shape.begin());
  }
  require<ErrorKind::data>(header.type && *header.type != HostType::text, what, ": found type ", header.type_name(),
                           ", accepted: complex64, complex128, or real numbers");
  require<ErrorKind::data>(shape == std::vector<std::int64_t>{data_.N, data_.N} && modes > 0, what, ": found shape ",
                           host_shape_text(header.shape),
                           ", accepted: ", host_shape_text(std::vector<std::int64_t>{data_.N, data_.N}),
                           ", the size of a pattern");
  data_.probe = reader.complexes(*name);
  data_.probe.resize(pixels());
  if (modes > 1)
    notice("of the " + std::to_string(modes) + " modes of the probe the first is used; the physics here is coherent");
  require<ErrorKind::data>(std::ranges::any_of(data_.probe, [](auto p) { return p != std::complex<float>(); }), what,
                           ": found zeros only, accepted: a probe");
  probe_ = "probe " + header.type_name() + (opened ? " of " + file.path() : "") + ", " +
           format_number(overlap_of({}, data_.probe).diameter, 3) + " pixels across";
}

void Reading::arrange_mask() {
  if (!raw_.mask) return;
  const std::vector<std::int64_t> one{data_.N, data_.N}, each{data_.n, data_.N, data_.N};
  const std::string what = where(data_.path, raw_.mask_name);
  require<ErrorKind::data>(raw_.mask->shape == one || raw_.mask->shape == each, what, ": found shape ",
                           host_shape_text(raw_.mask->shape), ", accepted: ", host_shape_text(one), " or ",
                           host_shape_text(each));
  std::vector<float> mask = raw_.mask->to_floats(what);
  std::int64_t ones = 0;
  for (float& v : mask) {
    v = v != 0 ? 1.f : 0.f;
    ones += v != 0 ? 1 : 0;
  }
  const auto all = static_cast<std::int64_t>(mask.size());
  bool good = 2 * ones >= all;
  if (raw_.ones_are_good) good = *raw_.ones_are_good;
  if (how_.masked != Masked::automatic) good = how_.masked == Masked::zeros;
  const std::int64_t out = good ? all - ones : ones;
  if (!good)
    for (float& v : mask) v = 1 - v;
  require<ErrorKind::data>(out < all, what,
                           ": found a mask that leaves out every pixel, accepted: some that count; "
                           "--masked says which values leave pixels out");
  mask_ = "mask leaves out " + format_number(100.0 * static_cast<double>(out) / static_cast<double>(all), 3) +
          " % of the pixels, those of " + (good ? "0" : "1");
  if (2 * out > all)
    notice("the mask leaves out more than half of the pixels: if its " + std::string(good ? "zeros" : "ones") +
           " are the good ones, --masked " + (good ? "ones" : "zeros"));
  if (out > 0) m_.mask = std::move(mask);
}

// Finite, not negative, amplitudes.
void Reading::take_values() {
  const std::string what = where(data_.path, raw_.patterns_name);
  data_.diffraction = raw_.patterns.to_floats(what);
  raw_.patterns.bytes = {};
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (std::size_t i = 0; i < data_.diffraction.size(); ++i) {
    float& v = data_.diffraction[i];
    if (weight_of(m_.mask, static_cast<std::int64_t>(i / pixels()), i % pixels(), pixels()) == 0) {
      v = 0;
      continue;
    }
    const auto place = [&] { return index_text(static_cast<std::int64_t>(i), raw_.patterns.shape); };
    if (!std::isfinite(v))
      fail(ErrorKind::data, what, ": found ", v, " at index ", place(),
           ", accepted: finite numbers, or a mask that leaves such pixels out");
    least = std::min(least, static_cast<double>(v));
    greatest = std::max(greatest, static_cast<double>(v));
    if (v >= 0) continue;
    if (m_.negatives++ == 0) m_.first_negative = format_number(static_cast<double>(v)) + " at index " + place();
    v = 0;
  }
  MeasuredKind kind{how_.measured == Measured::intensities, "as asked"};
  if (how_.measured == Measured::automatic) kind = measured_kind(data_.diffraction, data_.N, data_.probe, m_.mask);
  if (kind.intensities) {
    for (float& v : data_.diffraction) v = std::sqrt(v);
    converted_.emplace_back("intensities to amplitudes");
  }
  patterns_ = count_of(data_.n, "pattern") + " of " + std::to_string(data_.N) + " x " + std::to_string(data_.N) +
              (raw_.layout.empty() ? "" : " (" + raw_.layout + ")") + ", " + type_ + " " +
              (kind.intensities ? "intensities" : "amplitudes") + " (" + kind.why + ") " + format_number(least) +
              " to " + format_number(greatest);
  if (m_.negatives > 0) notice(count_of(m_.negatives, "value") + " below 0 became 0, the first " + m_.first_negative);
}

void Reading::take_positions() {
  Positions& p = m_.positions;
  p = {std::move(raw_.x), std::move(raw_.y)};
  const std::optional<double> side = how_.pixel_size ? how_.pixel_size : raw_.pixel_size;
  require<ErrorKind::data>(side || !raw_.metres, data_.path,
                           ": found positions in metres without energy, distance and "
                           "detector pixel, accepted: these, or --pixel-size, the side of an object pixel in metres");
  if (side) {
    for (auto* axis : {&p.x, &p.y})
      for (double& v : *axis) v /= *side;
    converted_.push_back("metres to pixels of " + format_number(*side) + " m");
  }
  if (how_.swap_xy) {
    std::swap(p.x, p.y);
    converted_.emplace_back("x and y exchanged");
  }
  const auto turn = [](std::vector<double>& axis) {
    for (double& v : axis) v = -v;
  };
  if (how_.flip == Flip::x || how_.flip == Flip::both) turn(p.x);
  if (how_.flip == Flip::y || how_.flip == Flip::both) turn(p.y);
  if (how_.flip != Flip::none) converted_.push_back("positions flipped along " + std::string(name_of(how_.flip)));

  const auto [x0, x1] = std::ranges::minmax(p.x);
  const auto [y0, y1] = std::ranges::minmax(p.y);
  constexpr double kLargestObject = 1 << 27;  // pixels
  const double rows = y1 - y0 + data_.N + 1, columns = x1 - x0 + data_.N + 1;
  require<ErrorKind::data>(rows * columns <= kLargestObject, data_.path, ": found positions that span ",
                           format_number(columns), " x ", format_number(rows), " pixels, accepted: at most ",
                           kLargestObject, " pixels in all; --pixel-size turns metres into pixels");
  const Overlap overlap = overlap_of(p, data_.probe);
  positions_ = "positions x " + format_number(x0) + " to " + format_number(x1) + ", y " + format_number(y0) + " to " +
               format_number(y1) + " pixels, neighbours " + format_number(overlap.spacing, 3) +
               " apart: mean overlap " + format_number(std::max(0.0, 100 * overlap.fraction()), 3) + " %";
}

void Reading::take_truth() {
  const std::optional<std::string> name = name_in(file_, Role::object);
  if (!name) return;
  const std::string what = where(data_.path, *name);
  const ArrayInfo header = file_.info(*name);
  std::vector<std::int64_t> shape = header.shape;
  while (shape.size() > 2 && shape.front() == 1) shape.erase(shape.begin());
  while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
  constexpr std::int64_t kLargestObject = 1 << 15;
  const bool image = shape.size() == 2 && shape[0] > 0 && shape[1] > 0 && shape[0] <= kLargestObject &&
                     shape[1] <= kLargestObject && header.type && *header.type != HostType::text;
  require<ErrorKind::data>(image, what, ": found ", header.type_name(), " ", host_shape_text(header.shape),
                           ", accepted: a complex image (rows, columns), or none");
  ComplexImage truth{static_cast<int>(shape[0]), static_cast<int>(shape[1]), reader_.complexes(*name)};
  truth_ = *name + " " + std::to_string(truth.rows) + " x " + std::to_string(truth.cols);
  if (std::ranges::all_of(truth.values, [&](auto v) { return v == truth.values.front(); })) {
    truth_ += " is the same everywhere: no truth";
    return;
  }
  const auto [x0, x1] = std::ranges::minmax(m_.positions.x);
  const auto [y0, y1] = std::ranges::minmax(m_.positions.y);
  const double half = data_.N / 2, rest = data_.N - data_.N / 2;
  const bool inside = x0 - half >= -1 && y0 - half >= -1 && x1 + rest <= truth.cols + 1 && y1 + rest <= truth.rows + 1;
  if (!inside) {
    m_.truth_col = static_cast<int>(std::lround(0.5 * (x0 + x1) - 0.5 * truth.cols));
    m_.truth_row = static_cast<int>(std::lround(0.5 * (y0 + y1) - 0.5 * truth.rows));
  }
  truth_ += inside ? " as truth, positions count its pixels" : " as truth, its centre at that of the positions";
  m_.truth = std::move(truth);
}

void Reading::take_units(const std::optional<ScanUnits>& units) {
  double squares = 0, counted = 0, power = 0;
  for (std::size_t i = 0; i < data_.diffraction.size(); ++i) {
    const double v = data_.diffraction[i];
    squares += v * v;
    counted += static_cast<double>(weight_of(m_.mask, static_cast<std::int64_t>(i / pixels()), i % pixels(), pixels()));
  }
  for (const std::complex<float> p : data_.probe) power += std::norm(std::complex<double>(p));
  const auto exact = [](double v) { return v > 0 ? static_cast<double>(static_cast<float>(v)) : 1.0; };
  m_.units = units.value_or(ScanUnits{exact(2 * std::sqrt(squares / std::max(counted, 1.0))),
                                      exact(2 * std::sqrt(power / static_cast<double>(pixels())))});
  for (float& v : data_.diffraction) v = static_cast<float>(static_cast<double>(v) / m_.units.amplitude);
  for (std::complex<float>& p : data_.probe) p = std::complex<float>(std::complex<double>(p) / m_.units.probe);
  if (m_.mask.empty()) return;
  data_.target.reserve(2 * data_.diffraction.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(data_.n); ++i) {
    const auto pattern = data_.diffraction.begin() + static_cast<std::ptrdiff_t>(i * pixels());
    data_.target.insert(data_.target.end(), pattern, pattern + static_cast<std::ptrdiff_t>(pixels()));
    const auto mask = m_.mask.begin() + static_cast<std::ptrdiff_t>(m_.mask.size() == pixels() ? 0 : i * pixels());
    data_.target.insert(data_.target.end(), mask, mask + static_cast<std::ptrdiff_t>(pixels()));
  }
}

void Reading::notice_suspicion() {
  const Positions& p = m_.positions;
  const auto [x0, x1] = std::ranges::minmax(p.x);
  const auto [y0, y1] = std::ranges::minmax(p.y);
  constexpr double kLittle = 0.3;
  if (data_.n > 1 && x1 - x0 < 1 && y1 - y0 < 1)
    notice("all positions lie within one pixel: if they are in metres, --pixel-size says how large an object pixel is");
  else if (const Overlap overlap = overlap_of(p, data_.probe); data_.n > 1 && overlap.fraction() < kLittle)
    notice("neighbouring patterns overlap by " + format_number(100 * std::max(0.0, overlap.fraction()), 2) +
           " % of the probe, usual are 60 % and more: are the positions in pixels of the object (--pixel-size)?");

  // Frequency 0 belongs in the middle; FFT order has it in the corners.
  const int N = data_.N, half = N / 2, quarter = N / 4;
  double middle = 0, corners = 0;
  for (std::size_t i = 0; i < data_.diffraction.size(); ++i) {
    const int r = static_cast<int>(i % pixels()) / N, c = static_cast<int>(i % pixels()) % N;
    const double power = static_cast<double>(data_.diffraction[i]) * static_cast<double>(data_.diffraction[i]);
    if (std::abs(r - half) < quarter && std::abs(c - half) < quarter) middle += power;
    if (std::min(r, N - r) < quarter && std::min(c, N - c) < quarter) corners += power;
  }
  if (corners > 2 * middle)
    notice("the patterns are brightest in their corners: frequency 0 belongs at (" + std::to_string(half) + ", " +
           std::to_string(half) + "), as numpy.fft.fftshift puts it");
}

}  // namespace

bool is_measurement(const ArrayFile& file) { return has_measurement(file); }

std::string measurement_names() {
  return names_of_role(Role::diffraction) + ", " + names_of_role(Role::probe) + " (or --probe), " +
         names_of_role(Role::x) + ", " + names_of_role(Role::y) + ", or chunks/ of PtyPy";
}

PtychoData read_measurement(const ArrayFile& file, const MeasurementReading& reading,
                            const std::optional<ScanUnits>& units) {
  return Reading(file, reading).data(units);
}

}  // namespace fno::ptychography

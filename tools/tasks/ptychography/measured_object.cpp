#include "tools/tasks/ptychography/measured_object.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tools/files/atomic_file.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/figures.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/recon.h"
#include "tools/tasks/ptychography/reconstruct.h"
#include "tools/tasks/ptychography/task.h"

namespace fno::ptychography {
namespace {

using Field = std::vector<std::complex<float>>;
using report::format_number;

std::size_t pixels_of(const PtychoData& data) {
  return static_cast<std::size_t>(data.N) * static_cast<std::size_t>(data.N);
}

// The network's patches, as the physics sees them.
Field patches_of(const Model& model, const PtychoData& data, double gain, std::int64_t batch_size,
                 const Device& device) {
  const NoGrad guard;
  training::Sweep sweep(samples_of(data), 0, data.n, batch_size, device);
  const std::size_t pixels = pixels_of(data);
  const auto factor = static_cast<float>(gain);
  Field patches;
  patches.reserve(static_cast<std::size_t>(data.n) * pixels);
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const std::vector<float> part = model.forward(Var(sweep.batch(step).x)).value().to_host<float>();
    for (std::size_t at = 0; at + 2 * pixels <= part.size(); at += 2 * pixels)
      for (std::size_t p = 0; p < pixels; ++p)
        patches.emplace_back(factor * part[at + p], factor * part[at + pixels + p]);
  }
  return patches;
}

/// Σ |predicted - measured| / Σ measured, pattern by pattern.
class Misfit {
 public:
  Misfit(const PtychoData& data, std::int64_t batch_size, const Device& device)
      : data_(data), physics_(data, {}, device), device_(device), batch_(static_cast<std::size_t>(batch_size)) {}

  // Of the first `count` patterns, patch(i, out) writing the patch of pattern i; keeps pattern `kept`.
  template <class Patch>
  double of(std::int64_t count, const Patch& patch, std::int64_t kept = -1, std::vector<float>* keep = nullptr) {
    const NoGrad guard;
    const std::size_t pixels = pixels_of(data_), n = static_cast<std::size_t>(count);
    double difference = 0, total = 0;
    Field one(pixels);
    for (std::size_t first = 0; first < n; first += batch_) {
      const std::size_t some = std::min(batch_, n - first);
      std::vector<float> parts(2 * pixels * some);
      for (std::size_t i = 0; i < some; ++i) {
        patch(first + i, std::span(one));
        for (std::size_t p = 0; p < pixels; ++p) {
          parts[2 * i * pixels + p] = one[p].real();
          parts[(2 * i + 1) * pixels + p] = one[p].imag();
        }
      }
      const Shape shape{static_cast<std::int64_t>(some), 2, data_.N, data_.N};
      const std::vector<float> predicted =
          physics_.amplitude(Var(Tensor::from(parts, shape, device_))).value().to_host<float>();
      for (std::size_t i = 0; i < some; ++i) {
        const auto number = static_cast<std::int64_t>(first + i);
        const float* x = data_.diffraction.data() + (first + i) * pixels;
        for (std::size_t p = 0; p < pixels; ++p) {
          const double w = weight_of(data_.measurement->mask, number, p, pixels);
          difference += w * std::abs(static_cast<double>(predicted[i * pixels + p]) - static_cast<double>(x[p]));
          total += w * static_cast<double>(x[p]);
        }
        if (number == kept && keep != nullptr)
          keep->assign(predicted.begin() + static_cast<std::ptrdiff_t>(i * pixels),
                       predicted.begin() + static_cast<std::ptrdiff_t>((i + 1) * pixels));
      }
    }
    return total > 0 ? difference / total : 0;
  }

  double of_object(const StitchedObject& object, const Positions& positions, std::int64_t count, std::int64_t kept = -1,
                   std::vector<float>* keep = nullptr) {
    return of(
        count,
        [&](std::size_t i, std::span<std::complex<float>> out) {
          cut_patch(object.object, object.grid, positions.x[i], positions.y[i], data_.N, out);
        },
        kept, keep);
  }

 private:
  const PtychoData& data_;
  Physics physics_;
  Device device_;
  std::size_t batch_;
};

// The first patterns put together with their axes exchanged or turned: where that fits far better, the positions were
// probably meant so. Neighbours overlap only in the right order.
void look_at_axes(const PtychoData& data, const Field& patches, Misfit& misfit, MeasuredObject& found) {
  constexpr std::int64_t kLooked = 256;
  constexpr double kFarBetter = 0.8;
  const std::int64_t count = std::min(data.n, kLooked);
  if (count < 2) return;
  const auto some = std::span(patches).first(static_cast<std::size_t>(count) * pixels_of(data));
  const auto error = [&](bool exchanged, double sign_x, double sign_y) {
    Positions p;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const double x = data.measurement->positions.x[i], y = data.measurement->positions.y[i];
      p.x.push_back(sign_x * (exchanged ? y : x));
      p.y.push_back(sign_y * (exchanged ? x : y));
    }
    return misfit.of_object(stitch_scan(some, p, data.probe, data.N), p, count);
  };
  const double as_read = error(false, 1, 1);
  double best = as_read;
  std::string flags;
  for (const bool exchanged : {false, true})
    for (const double sx : {1.0, -1.0})
      for (const double sy : {1.0, -1.0}) {
        if (!exchanged && sx > 0 && sy > 0) continue;
        const double other = error(exchanged, sx, sy);
        if (other >= best) continue;
        best = other;
        flags = exchanged ? " --swap-xy" : "";
        if (sx < 0 || sy < 0) flags += std::string(" --flip-positions ") + (sx < 0 ? "x" : "") + (sy < 0 ? "y" : "");
      }
  if (best < kFarBetter * as_read && best < found.constant)
    found.notices.push_back(data.path +
                            ": put together with other axes of the positions the patches fit the patterns "
                            "better, amplitude error " +
                            format_number(best) + " against " + format_number(as_read) + ": probably" + flags +
                            " is meant");
}

// The overlap of two parts of one coordinate system.
ObjectGrid common(const ObjectGrid& a, const ObjectGrid& b) {
  const int row = std::max(a.row, b.row), col = std::max(a.col, b.col);
  return {row, col, std::min(a.row + a.rows, b.row + b.rows) - row, std::min(a.col + a.cols, b.col + b.cols) - col};
}

ComplexImage part_of(const ComplexImage& image, int row, int col, const ObjectGrid& part) {
  return cropped(image, part.row - row, part.col - col, part.rows, part.cols);
}

void compare_with_truth(const PtychoData& data, Misfit& misfit, MeasuredObject& found) {
  const Measurement& m = *data.measurement;
  if (!m.truth) return;
  const ObjectGrid of_truth{m.truth_row, m.truth_col, m.truth->rows, m.truth->cols};
  ComplexImage scaled = *m.truth;
  const double unit = m.units.amplitude / m.units.probe;
  for (auto& v : scaled.values) v = std::complex<float>(std::complex<double>(v) / unit);
  found.truth_error = misfit.of_object({of_truth, std::move(scaled), {}}, m.positions, data.n);
  const ObjectGrid part = common(common(inner_part(found.stitched, m.positions), of_truth), found.stitched.grid);
  constexpr int kNarrowest = 11;  // a window of 7 and two pixels of rim
  if (part.rows < kNarrowest || part.cols < kNarrowest) {
    found.notices.push_back(data.path +
                            ": the object of the file and that of the scan have too little in common to be "
                            "compared");
    return;
  }
  found.truth = part_of(*m.truth, m.truth_row, m.truth_col, part);
  found.part = part_of(found.stitched.object, found.stitched.grid.row, found.stitched.grid.col, part);
  found.metrics = score(*found.truth, *found.part);
  found.plain = score_constant(*found.truth);
}

report::Field field_of(const RealImage& image) {
  return {image.rows, image.cols, {image.values.begin(), image.values.end()}};
}

// The part that is worth looking at: what a tenth of a pattern's brightest light reaches.
ComplexImage seen_part(const StitchedObject& s) {
  constexpr double kSeen = 0.1;
  int top = s.grid.rows, bottom = -1, left = s.grid.cols, right = -1;
  for (int r = 0; r < s.grid.rows; ++r)
    for (int c = 0; c < s.grid.cols; ++c)
      if (s.coverage.at(r, c) > kSeen) {
        top = std::min(top, r);
        bottom = std::max(bottom, r);
        left = std::min(left, c);
        right = std::max(right, c);
      }
  if (bottom < 0) return s.object;
  return cropped(s.object, top, left, bottom - top + 1, right - left + 1);
}

}  // namespace

bool MeasuredObject::beats_constant() const {
  constexpr double kOfUse = 0.99;
  return error < kOfUse * constant;
}

MeasuredObject reconstruct_measurement(const Model& model, const PtychoData& data, double gain, std::int64_t batch_size,
                                       const Device& device) {
  const Measurement& m = data.measurement.value();
  const std::size_t pixels = pixels_of(data);
  MeasuredObject found{.patterns = data.n, .shown = data.n / 2};
  const Field patches = patches_of(model, data, gain, batch_size, device);
  Misfit misfit(data, batch_size, device);
  found.patch_error = misfit.of(data.n, [&](std::size_t i, std::span<std::complex<float>> out) {
    std::ranges::copy(std::span(patches).subspan(i * pixels, pixels), out.begin());
  });
  found.stitched = stitch_scan(patches, m.positions, data.probe, data.N);
  found.error = misfit.of_object(found.stitched, m.positions, data.n, found.shown, &found.shown_pattern);
  found.constant = fit_scale(far_field(data.probe, data.N), data.diffraction, m.mask).error;
  look_at_axes(data, patches, misfit, found);
  const auto unit = static_cast<float>(m.units.amplitude / m.units.probe);
  for (auto& v : found.stitched.object.values) v *= unit;
  compare_with_truth(data, misfit, found);
  return found;
}

training::Measured measured(const MeasuredObject& object) {
  training::Measured out;
  if (object.metrics) {
    out = measured(*object.metrics, *object.plain);
  } else {
    out.json["truth"] = nullptr;
    out.json["note"] = kNoTruth;
  }
  const auto put = [&](const char* key, double value) { training::put_number(out.json, key, value); };
  put("amplitude_error", object.error);
  put("amplitude_error_of_patches", object.patch_error);
  put("amplitude_error_of_constant_object", object.constant);
  if (object.truth_error) put("amplitude_error_of_truth", *object.truth_error);
  out.json["beats_constant_object"] = object.beats_constant();
  out.json["patterns"] = object.patterns;
  out.json["object_shape"] = {object.stitched.grid.rows, object.stitched.grid.cols};
  out.scores.insert(out.scores.begin(), {{"amplitude error", object.error}, {"of single patches", object.patch_error}});
  return out;
}

std::vector<std::string> remarks_of(const MeasuredObject& object) {
  std::vector<std::string> lines{"constant object: amplitude error " + format_number(object.constant)};
  if (object.truth_error) lines.push_back("object of the file: amplitude error " + format_number(*object.truth_error));
  if (!object.metrics) lines.emplace_back(kNoTruth);
  if (!object.beats_constant())
    lines.push_back("notice: the network is no better than a constant object: amplitude error " +
                    format_number(object.error) + " against " + format_number(object.constant));
  for (const std::string& line : object.notices) lines.push_back("notice: " + line);
  return lines;
}

std::vector<NamedArray> object_arrays(const MeasuredObject& object) {
  const ObjectGrid& grid = object.stitched.grid;
  std::vector<double> x(static_cast<std::size_t>(grid.cols)), y(static_cast<std::size_t>(grid.rows));
  std::iota(x.begin(), x.end(), grid.col);
  std::iota(y.begin(), y.end(), grid.row);
  const RealImage& coverage = object.stitched.coverage;
  const std::vector<float> covered(coverage.values.begin(), coverage.values.end());
  std::vector<NamedArray> arrays = recon_arrays(object.stitched.object);
  arrays.push_back({"coverage", make_host_array(covered, {grid.rows, grid.cols})});
  arrays.push_back({"x", make_host_array(x, {grid.cols})});
  arrays.push_back({"y", make_host_array(y, {grid.rows})});
  return arrays;
}

std::vector<report::Sample> object_samples(const MeasuredObject& object, const PtychoData& data) {
  using report::PanelRole;
  std::vector<report::Sample> samples;
  const auto add = [&](const char* title, const char* unit, const char* label, const RealImage& image,
                       report::Colormap colors) {
    samples.push_back({.title = title, .panels = {{PanelRole::prediction, label, field_of(image), unit, colors}}});
    samples.back().panels.back().limits = inner_limits(image, data.N);
  };
  if (object.metrics) samples = run_samples(*object.truth, *object.part);
  const ComplexImage seen = seen_part(object.stitched);
  add("Reconstruction, amplitude", "amplitude", "reconstructed", amplitude_of(seen), report::Colormap::viridis);
  add("Reconstruction, phase", "radians", "reconstructed", phase_of(seen), report::Colormap::twilight);

  // Amplitudes over four decades.
  const std::size_t pixels = pixels_of(data);
  const auto number = static_cast<std::size_t>(object.shown);
  const std::span<const float> measured_pattern = std::span(data.diffraction).subspan(number * pixels, pixels);
  const float brightest = std::ranges::max(measured_pattern);
  const auto decades = [&](std::span<const float> pattern) {
    constexpr float kLeast = 1e-4f;
    report::Field field{data.N, data.N, {}};
    for (const float v : pattern)
      field.values.push_back(brightest > 0 ? std::log10(std::max(v / brightest, kLeast)) : 0);
    return field;
  };
  samples.push_back({.title = "Pattern " + std::to_string(object.shown),
                     .caption = "log10 of the amplitude over that of the brightest pixel",
                     .panels = {{PanelRole::truth, "measured", decades(measured_pattern), "log10"},
                                {PanelRole::prediction, "predicted", decades(object.shown_pattern), "log10"}}});
  return samples;
}

void write_pictures(std::filesystem::path file, const std::vector<report::Sample>& samples) {
  std::vector<report::Image> strips;
  int width = 1, height = 0;
  for (const report::Sample& sample : samples) {
    strips.push_back(report::compose_strip(sample));
    width = std::max(width, strips.back().width);
    height += strips.back().height;
  }
  report::Image page(width, std::max(height, 1));
  int y = 0;
  for (const report::Image& strip : strips) {
    page.paste(strip, 0, y);
    y += strip.height;
  }
  if (file.has_parent_path()) make_folder(file.parent_path());
  report::write_png(file.replace_extension(".png"), page);
}

void put_units(training::ModelDescription& description, const ScanUnits& units, double gain) {
  description.input = {{0}, {units.amplitude}};
  const double patch = gain * units.amplitude / units.probe;
  description.output = {{0, 0}, {patch, patch}};
}

std::optional<ScanUnits> units_in(const training::ModelDescription& description, double gain) {
  if (description.input.deviation.empty() || description.output.deviation.empty()) return std::nullopt;
  const double amplitude = description.input.unit(0);
  // Units are float32 numbers, so the division gives the very one back.
  return ScanUnits{amplitude, static_cast<double>(static_cast<float>(gain * amplitude / description.output.unit(0)))};
}

}  // namespace fno::ptychography

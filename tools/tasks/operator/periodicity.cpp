#include "tools/tasks/operator/periodicity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tools/report/text.h"

namespace fno::operators {
namespace {

constexpr std::int64_t kMostSamples = 256;

// Mean squares at the seam and elsewhere.
struct Squares {
  double seam = 0, inside = 0;
  std::int64_t seams = 0, insides = 0;
  void add(double value, bool at_seam) {
    (at_seam ? seam : inside) += value * value;
    ++(at_seam ? seams : insides);
  }
  [[nodiscard]] double ratio() const {
    if (seam == 0) return 0;
    const double usual = inside / static_cast<double>(insides);
    return usual > 0 ? std::sqrt(seam / static_cast<double>(seams) / usual) : std::numeric_limits<double>::infinity();
  }
};

// Of fields (rows, n, stride) along n.
double seam_of(std::span<const float> values, std::size_t n, std::size_t stride, bool ends) {
  Squares steps, bends;
  const std::size_t period = ends ? n - 1 : n;  // the point that should be the first once more
  for (std::size_t row = 0; row < values.size(); row += n * stride)
    for (std::size_t k = 0; k < stride; ++k) {
      const auto at = [&](std::size_t j) { return static_cast<double>(values[row + j * stride + k]); };
      for (std::size_t i = 0; i < n; ++i) steps.add(at((i + 1) % n) - at(i), i + 1 == n);
      for (std::size_t i = 0; i < period; ++i)
        bends.add(at((i + 1) % period) - 2 * at(i) + at((i + period - 1) % period), i == 0 || i + 1 == period);
    }
  return std::max(steps.ratio(), bends.ratio());
}

}  // namespace

std::vector<Seam> seams_of(const OperatorData& data, std::int64_t training) {
  const std::int64_t samples = std::clamp<std::int64_t>(kMostSamples / data.following(), 1, training);
  std::vector<float> x, y;
  for (std::int64_t s = 0; s < samples; ++s) {
    const std::vector<float> input = data.input(s), target = data.target(s);
    x.insert(x.end(), input.begin(), input.end());
    y.insert(y.end(), target.begin(), target.end());
  }
  std::vector<Seam> seams(data.grid.size());
  std::size_t stride = 1;
  for (std::size_t axis = data.grid.size(); axis-- > 0;) {
    const auto n = static_cast<std::size_t>(data.grid[axis]);
    if (data.grid[axis] >= kSeamPoints)
      seams[axis] = std::max(seam_of(x, n, stride, data.ends), seam_of(y, n, stride, data.ends));
    stride *= n;
  }
  return seams;
}

PerAxis<double> padding_for(const std::vector<Seam>& seams) {
  std::vector<double> padding;
  for (const Seam& seam : seams) padding.push_back(seam.value_or(0) <= kPeriodicSeam ? 0 : 1);
  return PerAxis<double>(padding);
}

std::string seams_text(const std::vector<Seam>& seams) {
  std::string text;
  for (std::size_t axis = 0; axis < seams.size(); ++axis) {
    const Seam& seam = seams[axis];
    text += (axis == 0 ? "axis " : ", axis ") + std::to_string(axis + 1);
    if (!seam)
      text += " is too short to tell";
    else
      text += (*seam <= kPeriodicSeam ? " looks periodic (the seam is " : " does not look periodic (the seam is ") +
              report::format_number(*seam, 3) + " times a usual step)";
  }
  return text;
}

}  // namespace fno::operators

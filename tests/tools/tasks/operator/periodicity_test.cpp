#include "tools/tasks/operator/periodicity.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <numbers>

namespace fno::operators {
namespace {

// `samples` fields f(phase, i/n, j/m) on n x m points, the phases spread over a turn; x and y alike.
OperatorData fields(std::int64_t n, std::int64_t m, const std::function<double(double, double, double)>& f) {
  constexpr std::int64_t kSamples = 8;
  OperatorData data;
  data.samples = kSamples;
  data.inputs = data.outputs = 1;
  data.grid = {n, m};
  for (std::int64_t s = 0; s < kSamples; ++s)
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < m; ++j)
        data.x.push_back(
            static_cast<float>(f(static_cast<double>(s) / kSamples, static_cast<double>(i) / static_cast<double>(n),
                                 static_cast<double>(j) / static_cast<double>(m))));
  data.y = data.x;
  return data;
}

double wave(double turns) { return std::sin(2 * std::numbers::pi * turns); }

TEST(Seams, AWaveMeetsItselfAndARampDoesNot) {
  // Phases spread evenly make every step of the wave the same in the mean; the ramp i/n falls back by (n-1)/n, which is
  // n-1 of its steps.
  const auto seams =
      seams_of(fields(12, 10, [](double phase, double x, double y) { return wave(x + phase) * (1 + 0 * y); }), 8);
  EXPECT_NEAR(seams[0].value(), 1, 1e-5);
  EXPECT_EQ(seams[1].value(), 0);  // nothing changes along it
  const auto ramp = seams_of(fields(12, 10, [](double, double x, double y) { return x + 0 * y; }), 8);
  EXPECT_GE(ramp[0].value(), 11 * (1 - 1e-5));
}

TEST(Seams, AKinkIsSeenWhereThereIsNoJump) {
  // An arch that is zero at both ends: its last step is like the first, its slope turns at once.
  const auto arch = seams_of(fields(16, 4, [](double, double x, double) { return std::sin(std::numbers::pi * x); }), 8);
  EXPECT_GT(arch[0].value(), 2);
}

TEST(Seams, BothEndsOfWhatIsPeriodicAreOnePoint) {
  // i/n of 13 points scaled to i/(n-1).
  const auto with_ends = [](const std::function<double(double)>& f) {
    OperatorData data = fields(13, 1, [&](double phase, double x, double) { return f(x * 13 / 12 + phase); });
    data.ends = true;
    return seams_of(data, 8)[0].value();
  };
  EXPECT_NEAR(with_ends(wave), 1, 1e-4);
  EXPECT_GT(with_ends([](double x) { return x; }), 11);
  OperatorData arch = fields(13, 1, [](double, double x, double) { return std::sin(std::numbers::pi * x * 13 / 12); });
  arch.ends = true;
  EXPECT_GT(seams_of(arch, 8)[0].value(), 2);
}

TEST(Seams, DecideThePaddingOfEachAxis) {
  EXPECT_EQ(padding_for({Seam(1.0), Seam(24.0)}).values(), (std::vector<double>{0, 1}));
  EXPECT_EQ(padding_for({Seam(1.2), Seam()}).values(), (std::vector<double>{0}));
  const auto seams = seams_of(fields(8, 3, [](double p, double x, double y) { return wave(x + y + p); }), 8);
  EXPECT_FALSE(seams[1]);  // three points
  EXPECT_EQ(seams_text({Seam(24.0), Seam()}),
            "axis 1 does not look periodic (the seam is 24 times a usual step), axis 2 is too short to tell");
}

TEST(Seams, OnlyTheTrainingSamplesCount) {
  OperatorData data = fields(8, 8, [](double p, double x, double) { return wave(x + p); });
  const auto before = seams_of(data, 7);
  for (std::size_t i = 7 * 64; i < data.y.size(); ++i) data.y[i] = static_cast<float>(i);
  EXPECT_EQ(seams_of(data, 7), before);
}

}  // namespace
}  // namespace fno::operators

#include "tools/tasks/ptychography/lines_object.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "tests/support/expect_error.h"

namespace fno::ptychography {
namespace {

// Oracles: an independent simulation in Python (NumPy, scikit-image, SciPy), to the digits printed there.
constexpr int kSide = 392;

struct Expected {
  std::uint32_t seed;
  double first, lit, smallest, largest, mean, corner, middle;  // first image
  double second_mean, second_std, second_middle, next;         // second image, the variate after it
};
constexpr Expected kObjects[] = {{1, 0.41702200, 124432, 0.564782, 4.777475, 2.656076, 2.212332551, 3.045362008,
                                  2.678673, 0.658314, 3.717610458, 0.22052979},
                                 {2, 0.43599490, 126978, 0.735044, 4.937051, 2.752053, 1.774285025, 4.400075560,
                                  2.807089, 0.657025, 3.263200642, 0.69030364}};

double mean(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

double deviation(const std::vector<double>& v) {
  const double m = mean(v);
  double sum = 0;
  for (const double x : v) sum += (x - m) * (x - m);
  return std::sqrt(sum / static_cast<double>(v.size()));
}

TEST(LinesObjects, MatchTheIndependentSimulation) {
  for (const Expected& e : kObjects) {
    SCOPED_TRACE(e.seed);
    EXPECT_NEAR(LinesObjects(e.seed, kSide).uniform(), e.first, 5e-9);
    const std::vector<double> canvas = LinesObjects(e.seed, kSide).next_canvas();
    EXPECT_EQ(std::accumulate(canvas.begin(), canvas.end(), 0.0), e.lit);

    LinesObjects objects(e.seed, kSide);
    const std::vector<double> first = objects.next(), second = objects.next();
    constexpr std::size_t kMiddle = 196 * kSide + 196;
    EXPECT_NEAR(*std::ranges::min_element(first), e.smallest, 1e-6);
    EXPECT_NEAR(*std::ranges::max_element(first), e.largest, 1e-6);
    EXPECT_NEAR(mean(first), e.mean, 1e-6);
    EXPECT_NEAR(first[0], e.corner, 1e-9);
    EXPECT_NEAR(first[kMiddle], e.middle, 1e-9);
    EXPECT_NEAR(mean(second), e.second_mean, 1e-6);
    EXPECT_NEAR(deviation(second), e.second_std, 1e-6);
    EXPECT_NEAR(second[kMiddle], e.second_middle, 1e-9);
    EXPECT_NEAR(objects.uniform(), e.next, 5e-9);
  }
}

TEST(LinesObjects, RefuseAnOddSide) {
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "side is 391", [] { LinesObjects(1, 391); }));
}

TEST(LinesPhase, HasTheRangeAndSpreadOfTheIndependentSimulation) {
  const std::vector<double> phase = lines_phase(LinesObjects(2, kSide).next());
  EXPECT_NEAR(*std::ranges::min_element(phase), -0.65, 0.005);
  EXPECT_NEAR(*std::ranges::max_element(phase), 0.91, 0.005);
  EXPECT_NEAR(deviation(phase), 0.26, 0.005);
}

TEST(LinesPhase, SpreadsAboutItsPlaneAsTheZeroPredictionScores) {
  // The published score of a prediction of zero phase: 0.190 rad mean absolute error against the phase of the first
  // test object less its least-squares plane, inside the stitched and trimmed frame. The phase is that of two images.
  LinesObjects objects(2, kSide);
  std::vector<double> both = objects.next();
  const std::vector<double> second = objects.next();
  both.insert(both.end(), second.begin(), second.end());
  const std::vector<double> phase = lines_phase(both);
  constexpr int kFirst = 29, kTrimmed = 326;
  // On a grid about its centre the coordinates are orthogonal to each other and to the constant.
  double sum = 0, by_row = 0, by_col = 0, squares = 0;
  const auto over = [&](auto&& f) {
    for (int r = 0; r < kTrimmed; ++r)
      for (int c = 0; c < kTrimmed; ++c)
        f(r - 0.5 * (kTrimmed - 1), c - 0.5 * (kTrimmed - 1),
          phase[static_cast<std::size_t>((r + kFirst) * kSide + c + kFirst)]);
  };
  over([&](double y, double x, double v) {
    sum += v;
    by_row += y * v;
    by_col += x * v;
    squares += y * y;
  });
  const double constant = sum / (kTrimmed * kTrimmed);
  double error = 0;
  over([&](double y, double x, double v) {
    error += std::abs(v - constant - by_row / squares * y - by_col / squares * x);
  });
  EXPECT_NEAR(error / (kTrimmed * kTrimmed), 0.190, 0.0005);
}

}  // namespace
}  // namespace fno::ptychography

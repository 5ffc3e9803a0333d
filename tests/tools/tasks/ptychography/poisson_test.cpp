#include "tools/tasks/ptychography/poisson.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>

namespace fno::ptychography {
namespace {

TEST(Poisson, HasTheMeanAndTheVariance) {
  // Below, at and above both changes of method. Five standard errors: the variance of a sample variance is about
  // (2 + 1/mean) mean^2 / n.
  constexpr int kDraws = 20000;
  for (const double mean : {0.02, 1.5, 9.99, 10.0, 31.7, 400.5, 2.5e5, 9.9e6, 1.1e7, 4e12}) {
    Random random(11);
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double k = poisson(random, mean);
      ASSERT_GE(k, 0);
      ASSERT_EQ(k, std::floor(k));
      sum += k - mean;
      squares += (k - mean) * (k - mean);
    }
    EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(mean / kDraws)) << mean;
    EXPECT_NEAR(squares / kDraws, mean, 5 * mean * std::sqrt((2 + 1 / mean) / kDraws)) << mean;
  }
}

TEST(Poisson, FollowsTheProbabilities) {
  // Chi-square against e^-m m^k / k!. Its mean is the number of classes, its deviation sqrt(2 classes); 5 of them.
  constexpr int kDraws = 100000;
  for (const double mean : {3.2, 10.5, 60.0}) {
    Random random(5);
    std::map<int, int> seen;
    for (int i = 0; i < kDraws; ++i) ++seen[static_cast<int>(poisson(random, mean))];
    double chi_square = 0;
    int classes = 0;
    for (int k = 0; k < 200; ++k) {
      const double expected = kDraws * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
      if (expected < 20) continue;
      chi_square += (seen[k] - expected) * (seen[k] - expected) / expected;
      ++classes;
    }
    EXPECT_LT(std::abs(chi_square - classes), 5 * std::sqrt(2.0 * classes)) << mean;
  }
}

TEST(Poisson, OfMeanZeroIsZero) {
  Random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(poisson(random, 0), 0);
}

}  // namespace
}  // namespace fno::ptychography

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/spectral_reference.h"

namespace fno::test {
namespace {

using enum ModeConvention;

// The modes of a set one by one, as the reference lists them.
std::vector<KeptMode> listed(const ModeSet& set, std::size_t dims) {
  std::vector<KeptMode> kept;
  for (const int a : set.frequency[0])
    for (const int b : set.frequency[1])
      for (const int c : set.frequency[2]) {
        const std::vector<int> all{a, b, c};
        kept.push_back({.frequency = {all.end() - static_cast<std::ptrdiff_t>(dims), all.end()},
                        .row = set.weight_index.at(kept.size())});
      }
  return kept;
}

TEST(Modes, EveryConventionKeepsTheFrequenciesOfItsDefinition) {
  const std::vector<std::vector<int>> grids{{1}, {2}, {7}, {16}, {8, 8}, {7, 9}, {16, 5}, {4, 6, 8}, {5, 4, 3}};
  for (const ModeConvention convention : {classic, corner, centered})
    for (const auto& grid : grids)
      for (const int m : {1, 2, 3, 4, 5, 12}) {
        SCOPED_TRACE(testing::Message() << name_of(convention) << " m=" << m << " on " << testing::PrintToString(grid));
        const auto set = make_modes(convention, grid, m);
        const std::vector<KeptMode> actual = listed(*set, grid.size()), expected = reference_modes(convention, grid, m);
        ASSERT_EQ(actual.size(), expected.size());
        ASSERT_EQ(set->weight_index.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
          EXPECT_EQ(actual[i].frequency, expected[i].frequency);
          EXPECT_EQ(actual[i].row, expected[i].row);
        }
        std::int64_t rows = 1;
        for (const std::int64_t extent : weight_modes(convention, static_cast<int>(grid.size()), m)) rows *= extent;
        EXPECT_EQ(set->weight_modes, rows);
      }
}

TEST(Modes, RowsOfTheWeights) {
  using Rows = std::vector<std::int64_t>;
  EXPECT_EQ(weight_modes(classic, 3, 4), (Rows{8, 8, 4}));
  EXPECT_EQ(weight_modes(corner, 2, 12), (Rows{12, 12}));
  EXPECT_EQ(weight_modes(centered, 2, 12), (Rows{12, 7}));
  EXPECT_EQ(weight_modes(centered, 1, 5), (Rows{3}));
}

TEST(Modes, NamesAreReadAndWritten) {
  for (const ModeConvention convention : {classic, corner, centered})
    EXPECT_EQ(value_named<ModeConvention>(name_of(convention)), convention);
  EXPECT_EQ(value_named<ModeConvention>("center"), std::nullopt);
  EXPECT_TRUE(throws_error(ErrorKind::config, "spectral: found center, accepted are corner, classic, centered",
                           [] { (void)require_named<ModeConvention>("spectral", "center"); }));
}

TEST(Modes, EachAxisHasItsOwnNumber) {
  using Rows = std::vector<std::int64_t>;
  const PerAxis<int> modes(std::vector{2, 3});
  EXPECT_EQ(weight_modes(classic, 2, modes), (Rows{4, 3}));
  const auto set = make_modes(classic, {8, 16}, modes, PerAxis<double>(std::vector{1.0, 0.0}));
  EXPECT_EQ(set->frequency[1], (std::vector{0, 1, -2, -1}));
  EXPECT_EQ(set->frequency[2], (std::vector{0, 1, 2}));
  EXPECT_EQ(set->period[1], 16);
  EXPECT_EQ(set->period[2], 16);
  EXPECT_FALSE(set->quadrature[1].empty());
  EXPECT_TRUE(set->quadrature[2].empty());
}

TEST(Modes, AllThatAreAskedForExistUpToTheMost) {
  for (const ModeConvention convention : {classic, centered})
    for (const int n : {2, 7, 16})
      for (const bool last : {false, true}) {
        const int most = most_modes(convention, n, last);
        const auto kept = [&](int m) {
          const auto set = make_modes(convention, last ? std::vector{n} : std::vector{n, 1}, m);
          return set->frequency[last ? 2 : 1].size();
        };
        const auto rows = [&](int m) {
          return static_cast<std::size_t>(weight_modes(convention, last ? 1 : 2, m).front());
        };
        EXPECT_EQ(kept(most), rows(most)) << name_of(convention) << " " << n << " " << last;
        EXPECT_LT(kept(most + 2), rows(most + 2)) << name_of(convention) << " " << n << " " << last;
      }
}

TEST(Modes, RefusesNumbersThatAreNoModes) {
  EXPECT_TRUE(throws_error(ErrorKind::config, "at least 1", [] { (void)make_modes(corner, {16, 9}, 0); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "1 to 3 axes", [] { (void)make_modes(corner, {2, 2, 2, 2}, 1); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "one for each of 2 axes", [] {
    (void)make_modes(corner, {4, 4}, PerAxis<int>(std::vector{1, 2, 3}));
  }));
}

}  // namespace
}  // namespace fno::test

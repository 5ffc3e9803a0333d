#include "tools/tasks/operator/settings.h"

#include "tests/tools/settings/support.h"

namespace fno::settings {
namespace {

using operators::check_against_data, operators::check_modes;

using Grid = std::vector<std::int64_t>;

int modes_on(const Grid& grid, const std::string& flags = {}) {
  Settings settings = train(flags);
  check_against_data(settings, grid);
  return settings.model.modes;
}

std::string refusal_on(const Grid& grid, const std::string& flags = {}) {
  return error_of([&] { (void)modes_on(grid, flags); });
}

TEST(CheckAgainstData, DefaultModesAreTheLesserOfTwelveAndHalfTheSmallestAxis) {
  EXPECT_EQ(modes_on({16, 16}), 8);
  EXPECT_EQ(modes_on({64, 64}), 12);
  EXPECT_EQ(modes_on({64, 10}), 5);
  EXPECT_EQ(modes_on({7, 64}), 3);
  EXPECT_EQ(modes_on({1024}), 12);
  EXPECT_EQ(modes_on({1}), 1);  // one mode is left even there, and the mean fits
  EXPECT_EQ(modes_on({32, 32, 5}), 2);
}

TEST(CheckAgainstData, ExplicitModesFitOrAreRefused) {
  // classic: rows 0..m-1 and -m..-1, columns 0..m-1 of n/2 + 1.
  EXPECT_EQ(modes_on({16, 16}, "--fno-modes 8"), 8);
  EXPECT_EQ(modes_on({18, 16}, "--fno-modes 9"), 9);
  EXPECT_EQ(modes_on({16}, "--fno-modes 9"), 9);
  EXPECT_EQ(refusal_on({16}, "--fno-modes 10"),
            "--fno-modes: found 10, accepted on the training grid 16 with --spectral classic: at most 9");
  EXPECT_EQ(refusal_on({16, 16}, "--fno-modes 9"),
            "--fno-modes: found 9, accepted on the training grid 16 x 16 with --spectral classic: at most 8");
  EXPECT_EQ(refusal_on({20, 16}, "--set model.fno_modes=10"),
            "--set model.fno_modes: found 10, accepted on the training grid 20 x 16 with --spectral classic: "
            "at most 9");
  EXPECT_EQ(modes_on({16, 15}, "--spectral centered --fno-modes 15"), 15);
  EXPECT_EQ(refusal_on({16, 15}, "--spectral centered --fno-modes 16"),
            "--fno-modes: found 16, accepted on the training grid 16 x 15 with --spectral centered: at most 15");
  EXPECT_EQ(modes_on({8, 8}, "--spectral corner --fno-modes 12"), 12);  // the surplus is idle, as specified
  EXPECT_EQ(refusal_on({1, 16}),
            "model.fno_modes: found 1, accepted on the training grid 1 x 16 with --spectral classic: none, the grid "
            "is too small");
}

TEST(CheckAgainstData, RefusesGridsAndNetworksOutOfBounds) {
  EXPECT_EQ(refusal_on({}), "training grid: found no axes, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({4, 4, 4, 4}), "training grid: found 4 x 4 x 4 x 4, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({16, 0}), "training grid: found 16 x 0, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({64, 64, 64}, "--fno-width 65536"),
            "model.fno_width 65536, fno_modes 12, fno_blocks 4: found about 2.37495e+14 spectral weights, accepted: "
            "at most 1e+12");
}

TEST(CheckModes, HoldsForTheTestGridToo) {
  Settings settings = train();
  check_against_data(settings, Grid{32, 32});
  EXPECT_NO_THROW(check_modes(settings, Grid{64, 64}, "test grid"));
  EXPECT_EQ(error_of([&] {
              check_modes(settings, Grid{16, 16}, "test grid");
            }),
            "model.fno_modes: found 12, accepted on the test grid 16 x 16 with --spectral classic: at most 8");
}

TEST(DependentDefaults, WarmUpShrinksWithTheRun) {
  EXPECT_EQ(train("--epochs 50").optim.schedule.warmup, 5);
  EXPECT_EQ(train("--epochs 8").optim.schedule.warmup, 2);
  EXPECT_EQ(train("--epochs 1").optim.schedule.warmup, 0);
  EXPECT_EQ(train("--epochs 8 --lr-warmup-epochs 7").optim.schedule.warmup, 7);
}

}  // namespace
}  // namespace fno::settings

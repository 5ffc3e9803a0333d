#include "tools/tasks/operator/settings.h"

#include "tests/tools/settings/support.h"

namespace fno::settings {
namespace {

using operators::check_against_data;

using Grid = std::vector<std::int64_t>;

std::string modes_on(const Grid& grid, const std::string& flags = {}) {
  Settings settings = train(flags);
  check_against_data(settings, grid);
  return to_text(load(settings.model.modes));
}

std::string refusal_on(const Grid& grid, const std::string& flags = {}) {
  return error_of([&] { (void)modes_on(grid, flags); });
}

TEST(CheckAgainstData, DefaultModesAreTheLesserOfTwelveAndHalfOfEachAxis) {
  EXPECT_EQ(modes_on({16, 16}), "8");
  EXPECT_EQ(modes_on({64, 64}), "12");
  EXPECT_EQ(modes_on({64, 10}), "12,5");
  EXPECT_EQ(modes_on({7, 64}), "3,12");
  EXPECT_EQ(modes_on({1024}), "12");
  EXPECT_EQ(modes_on({1}), "1");  // one mode is left even there, and the mean fits
  EXPECT_EQ(modes_on({32, 32, 5}), "12,12,2");
  EXPECT_EQ(modes_on({16, 16, 2}), "8,8,2");  // one alone would be the mean
  EXPECT_EQ(modes_on({1, 16}), "1,8");
  EXPECT_EQ(modes_on({17, 16}, "--grid-ends"), "8,7");  // 16 and 15 steps
}

TEST(CheckAgainstData, ExplicitModesFitOrAreRefused) {
  // classic: rows 0..m-1 and -m..-1, columns 0..m-1 of n/2 + 1.
  EXPECT_EQ(modes_on({16, 16}, "--fno-modes 8"), "8");
  EXPECT_EQ(modes_on({18, 16}, "--fno-modes 9"), "9");
  EXPECT_EQ(modes_on({16}, "--fno-modes 9"), "9");
  EXPECT_EQ(modes_on({17}, "--fno-modes 9 --grid-ends"), "9");
  EXPECT_EQ(refusal_on({16}, "--fno-modes 9 --grid-ends"),
            "--fno-modes: found 9, accepted on the training grid 16 with --spectral classic: at most 8");
  EXPECT_EQ(refusal_on({16}, "--fno-modes 10"),
            "--fno-modes: found 10, accepted on the training grid 16 with --spectral classic: at most 9");
  EXPECT_EQ(refusal_on({16, 16}, "--fno-modes 9"),
            "--fno-modes: found 9, accepted on the training grid 16 x 16 with --spectral classic: at most 8");
  EXPECT_EQ(refusal_on({20, 16}, "--set model.fno_modes=10"),
            "--set model.fno_modes: found 10, accepted on the training grid 20 x 16 with --spectral classic: "
            "at most 9");
  EXPECT_EQ(modes_on({16, 15}, "--spectral centered --fno-modes 15"), "15");
  EXPECT_EQ(refusal_on({16, 15}, "--spectral centered --fno-modes 16"),
            "--fno-modes: found 16, accepted on the training grid 16 x 15 with --spectral centered: at most 15");
  EXPECT_EQ(modes_on({8, 8}, "--spectral corner --fno-modes 12"), "12");  // the surplus is idle, as specified
  EXPECT_EQ(modes_on({16, 16, 2}, "--fno-modes 8,4,2"), "8,4,2");
  EXPECT_EQ(refusal_on({16, 16}, "--fno-modes 8,10"),
            "--fno-modes: found 8,10, accepted on the training grid 16 x 16 with --spectral classic: at most 8,9");
  EXPECT_EQ(refusal_on({16, 16}, "--fno-modes 8,8,4"),
            "--fno-modes: found 8,8,4, accepted on the training grid 16 x 16: one number, or 2");
  EXPECT_EQ(refusal_on({16, 16}, "--domain-padding 1,0,1"),
            "--domain-padding: found 1,0,1, accepted on the training grid 16 x 16: one number, or 2");
}

TEST(CheckAgainstData, RefusesGridsAndNetworksOutOfBounds) {
  EXPECT_EQ(refusal_on({}), "training grid: found no axes, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({4, 4, 4, 4}), "training grid: found 4 x 4 x 4 x 4, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({16, 0}), "training grid: found 16 x 0, accepted: 1 to 3 axes of at least 1 point");
  EXPECT_EQ(refusal_on({64, 64, 64}, "--fno-width 65536"),
            "model.fno_width 65536, fno_modes 12, fno_blocks 4: found about 2.37495e+14 spectral weights, accepted: "
            "at most 1e+12");
}

TEST(DependentDefaults, WarmUpShrinksWithTheRun) {
  EXPECT_EQ(train("--epochs 50").optim.schedule.warmup, 5);
  EXPECT_EQ(train("--epochs 8").optim.schedule.warmup, 2);
  EXPECT_EQ(train("--epochs 1").optim.schedule.warmup, 0);
  EXPECT_EQ(train("--epochs 8 --lr-warmup-epochs 7").optim.schedule.warmup, 7);
}

TEST(Reading, NamesAndAxesOfTheArrays) {
  const operators::Reading plain = operators::reading_of(train());
  EXPECT_EQ(plain.x_name, "x");
  EXPECT_EQ(plain.y_name, "y");
  EXPECT_EQ(plain.layout, "");
  const operators::Reading named =
      operators::reading_of(train("--x-name a --y-name u --layout nhwc --y-layout nhw --stride 5,4 --grid-ends"));
  EXPECT_EQ(named.x_name, "a");
  EXPECT_EQ(named.y_name, "u");
  EXPECT_EQ(named.layout, "nhwc");
  EXPECT_EQ(named.y_layout, "nhw");
  EXPECT_EQ(named.stride.values(), (std::vector<int>{5, 4}));
  EXPECT_TRUE(named.grid_ends);
  EXPECT_EQ(plain.stride.values(), (std::vector<int>{1}));
  EXPECT_FALSE(plain.grid_ends);
  EXPECT_NE(error_of([] { (void)train("--layout nxy"); }).find("--layout: found nxy, accepted: axes as letters"),
            std::string::npos);
}

}  // namespace
}  // namespace fno::settings

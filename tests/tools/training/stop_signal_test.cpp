#include "tools/training/stop_signal.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>

namespace fno::training {
namespace {

TEST(StopSignal, TheFirstIsNotedAndTheSecondEndsTheProcess) {
  EXPECT_EXIT(
      {
        const StopSignal guard;
        std::raise(SIGINT);
        if (StopSignal::received() != SIGINT) std::exit(1);
        std::raise(SIGTERM);
        std::exit(2);
      },
      ::testing::ExitedWithCode(128 + SIGTERM), "");
}

// A batch system's warning, then its end of patience.
TEST(StopSignal, AfterAWarningAnotherIsNotedToo) {
  EXPECT_EXIT(
      {
        const StopSignal guard;
        std::raise(SIGUSR1);
        const int warned = StopSignal::status();
        std::raise(SIGUSR1);
        std::raise(SIGTERM);
        std::exit(warned == StopSignal::kTimeIsOver && StopSignal::status() == 128 + SIGTERM ? 3 : 1);
      },
      ::testing::ExitedWithCode(3), "");
}

TEST(StopSignal, TheTimeCountsFromTheProgramsStart) {
  {
    const StopSignal guard(3600.0);
    EXPECT_FALSE(StopSignal::asked());
  }
  {
    const StopSignal guard(1e-9);
    EXPECT_TRUE(StopSignal::asked());
    EXPECT_EQ(StopSignal::received(), 0);
    EXPECT_EQ(StopSignal::status(), StopSignal::kTimeIsOver);
  }
  EXPECT_FALSE(StopSignal::asked());
  EXPECT_TRUE(StopSignal::is_stop(75) && StopSignal::is_stop(143) && !StopSignal::is_stop(0) &&
              !StopSignal::is_stop(7));
}

TEST(StopSignal, WhatWasInForceComesBack) {
  EXPECT_EXIT(
      {
        { const StopSignal guard; }
        std::raise(SIGTERM);
        std::exit(2);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace fno::training

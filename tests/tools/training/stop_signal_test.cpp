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

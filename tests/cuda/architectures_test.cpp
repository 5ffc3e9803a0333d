#include "cuda/architectures.h"

#include <gtest/gtest.h>

namespace fno::cuda {
namespace {

// Oracle: CUDA C++ Programming Guide, "Binary Compatibility", "PTX Compatibility", "Feature availability".
TEST(Architectures, MachineCodeRunsWithinItsMajorVersion) {
  for (const char* list : {"80-real", "75-real 80-real", "80-real 90a-real"}) {
    EXPECT_TRUE(runs_on(list, 8, 0)) << list;
    EXPECT_TRUE(runs_on(list, 8, 9)) << list;
  }
  EXPECT_FALSE(runs_on("86-real", 8, 0));
  EXPECT_FALSE(runs_on("80-real", 7, 5));
  EXPECT_FALSE(runs_on("80-real", 9, 0));
}

TEST(Architectures, SpecificCodeRunsOnItsOwnDeviceOnly) {
  EXPECT_TRUE(runs_on("80-real 90a-real", 9, 0));
  EXPECT_FALSE(runs_on("90a-real", 10, 0));
  EXPECT_FALSE(runs_on("100a", 10, 3));
}

TEST(Architectures, PtxRunsOnEverythingLater) {
  EXPECT_TRUE(runs_on("80-virtual", 12, 0));
  EXPECT_TRUE(runs_on("80", 10, 0));
  EXPECT_FALSE(runs_on("90-virtual", 8, 0));
}

TEST(Architectures, NoneRunsNowhere) { EXPECT_FALSE(runs_on("", 8, 0)); }

}  // namespace
}  // namespace fno::cuda

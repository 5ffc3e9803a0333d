#pragma once

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "framework/kernels/backend.h"

namespace fno::test {

/// The devices on which every test of the framework runs: the CPU on one thread and on several, the emulated device
/// where it is compiled in, and cuda:0 where this machine has one. To add one, add its name here and open it below.
[[nodiscard]] std::vector<std::string> test_device_names();

/// The device of that name, opened at first use and kept: all tests of a program share it, its pool included.
[[nodiscard]] Device open_test_device(const std::string& name);

/// Letters, digits and underscores, as GoogleTest wants them.
[[nodiscard]] std::string device_label(const ::testing::TestParamInfo<std::string>& info);

/// A fixture whose tests run once on each device:
///
///     using Conv = OnEachDevice;
///     FNO_ON_EACH_DEVICE(Conv);
///     TEST_P(Conv, KeepsTheGrid) { … device … }
class OnEachDevice : public ::testing::TestWithParam<std::string> {
 protected:
  const Device device = open_test_device(GetParam());
};

#define FNO_ON_EACH_DEVICE(Suite)                                                                 \
  INSTANTIATE_TEST_SUITE_P(Devices, Suite, ::testing::ValuesIn(::fno::test::test_device_names()), \
                           ::fno::test::device_label)

}  // namespace fno::test

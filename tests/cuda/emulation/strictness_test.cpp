#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>

#include "cuda/emulation/emulated/device_memory.h"
#include "cuda/emulation/portable.h"
#include "framework/error.h"
#include "tests/cuda/emulation/device_array.h"
#include "tests/cuda/emulation/kernels/rule_breakers.h"

namespace fno::emulation_test {
namespace {

using cu::emulated::Options;
using cu::emulated::Order;
using cu::emulated::ScopedOptions;

constexpr const char* kSource = FNO_EMULATION_TEST_FOLDER "/kernels/rule_breakers.cu";

/// Number of the line marked "breaks: <name>".
int marked_line(const std::string& name) {
  std::ifstream source(kSource);
  std::string line;
  for (int number = 1; std::getline(source, line); ++number)
    if (line.ends_with("// breaks: " + name)) return number;
  return -1;
}

/// What the launch reports, or "" if it passes.
template <class Act>
std::string reported(Act act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    return error.what();
  }
  return "";
}

std::string reported(Rule rule) {
  DeviceArray<float> memory(64);
  cu::check(cu::fill_bytes(memory.data(), 0, 256));
  return reported([&] { break_rule(rule, memory.data()); });
}

struct Broken {
  Rule rule;
  const char* name;
  const char* thread;  // the one that is blamed in forward order
  const char* says;
};

const Broken kBroken[] = {
    {Rule::own_mask, "own_mask", "(16,0,0)", "__shfl_sync: lane 16 is not in its own mask"},
    {Rule::absent_lane, "absent_lane", "(0,0,0)", "the mask names lane 16, which does not exist"},
    {Rule::exited_lane, "exited_lane", "(15,0,0)", "lane 16 exits while lane 0 waits for it in __ballot_sync"},
    {Rule::lane_in_barrier, "lane_in_barrier", "(16,0,0)", "names lane 0, which waits in the block barrier at"},
    {Rule::two_arms, "two_arms", "(1,0,0)", "which waits for lane 1 in another operation, __shfl_sync"},
    {Rule::foreign_source, "foreign_source", "(4,0,0)", "lane 4 reads lane 8, which is not in the mask"},
    {Rule::barrier_after_exit, "barrier_after_exit", "(1,0,0)",
     "__syncthreads is reached after thread (0,0,0) has exited"},
    {Rule::exit_before_barrier, "exit_before_barrier", "(63,0,0)",
     "exits while thread (0,0,0) waits in a block barrier"},
    {Rule::two_barriers, "two_barriers", "(32,0,0)", "__syncthreads_or is reached while thread (0,0,0) waits"},
    {Rule::deadlock, "deadlock", "(0,0,0)", "deadlock: no thread can go on; thread (0,0,0) waits in __syncwarp"},
    {Rule::copy_destination, "copy_destination", "(0,0,0)", "the destination is not aligned to 16 bytes"},
    {Rule::copy_source, "copy_source", "(0,0,0)", "the source is not aligned to 8 bytes"},
    {Rule::copy_to_global, "copy_to_global", "(0,0,0)", "the destination does not lie in this block's shared memory"},
    {Rule::copy_from_shared, "copy_from_shared", "(0,0,0)", "the source lies in shared memory"},
    {Rule::copy_length, "copy_length", "(0,0,0)", "8 valid bytes of 4"},
    {Rule::shuffle_width, "shuffle_width", "(0,0,0)", "width is 12; a power of two up to 32 is accepted"},
    {Rule::too_much_shared, "too_much_shared", "(0,0,0)", "brings the block to 40000 static and 140000 dynamic bytes"},
    {Rule::mma_needs_warp, "mma_needs_warp", "(0,0,0)",
     "mma m16n8k8 tf32: the mask names lane 16, which does not exist"},
};

TEST(Strictness, EachBrokenRuleIsReportedWithKernelBlockThreadAndLine) {
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.name);
    const std::string message = reported(broken.rule);
    const std::string place = "kernel " + std::string(broken.name) + "_kernel, block (0,0,0), thread " + broken.thread +
                              ", " + kSource + ":" + std::to_string(marked_line(broken.name)) + ":";
    // A lane that leaves is blamed itself, at the line where the others wait for it.
    if (broken.rule == Rule::exited_lane)
      EXPECT_NE(message.find("rule_breakers.cu:" + std::to_string(marked_line(broken.name))), std::string::npos)
          << message;
    else
      EXPECT_EQ(message.substr(0, place.size()), place) << message;
    EXPECT_NE(message.find(broken.says), std::string::npos) << message;
  }
}

TEST(Strictness, EachBrokenRuleIsReportedInEveryOrder) {
  for (const Broken& broken : kBroken)
    for (const Options& wanted : cu::emulated::all_options(2)) {
      SCOPED_TRACE(std::string(broken.name) + " in order " + wanted.describe());
      const ScopedOptions scope(wanted);
      EXPECT_NE(reported(broken.rule), "");
    }
}

TEST(Strictness, LastToComeIsBlamedToo) {
  const ScopedOptions scope({.order = Order::reverse});
  EXPECT_NE(reported(Rule::exited_lane).find("the mask names lane 16, which has exited"), std::string::npos);
  EXPECT_NE(reported(Rule::lane_in_barrier).find("lane 15 waits in a block barrier while lane 16 waits for it"),
            std::string::npos);
  EXPECT_NE(reported(Rule::barrier_after_exit).find("exits while thread"), std::string::npos);
}

TEST(Strictness, TheDeviceWorksOnAfterAReport) {
  ASSERT_NE(reported(Rule::deadlock), "");
  const cu::Status status = cu::last_error();
  EXPECT_EQ(status.code, cu::kLaunchFailure);
  EXPECT_NE(status.message().find("deadlock_kernel"), std::string::npos);
  EXPECT_TRUE(cu::last_error().ok());
  DeviceArray<float> memory(std::vector<float>{4.0f, 0.0f});
  read_one(memory.data(), memory.data() + 1);
  EXPECT_EQ(memory.to_host()[1], 4.0f);
}

__global__ void nothing_kernel() {}
CU_KERNEL(nothing_kernel);
__global__ void undeclared_kernel() {}

std::string launch_report(void (*kernel)(), dim3 grid, dim3 block, std::size_t dynamic_bytes = 0) {
  return reported([&] { cu::launch(kernel, grid, block, dynamic_bytes, cu::Stream{}); });
}

TEST(Launch, RefusesWhatADeviceWould) {
  EXPECT_EQ(launch_report(nothing_kernel, dim3(1), dim3(1024)), "");
  EXPECT_EQ(launch_report(nothing_kernel, dim3(1), dim3(1), 163 * 1024), "");
  for (const std::string& message :
       {launch_report(nothing_kernel, dim3(0), dim3(32)), launch_report(nothing_kernel, dim3(1), dim3(0)),
        launch_report(nothing_kernel, dim3(1), dim3(1025)), launch_report(nothing_kernel, dim3(1), dim3(32, 64)),
        launch_report(nothing_kernel, dim3(1), dim3(1, 1, 65)), launch_report(nothing_kernel, dim3(1, 65536), dim3(1)),
        launch_report(nothing_kernel, dim3(1), dim3(1), 163 * 1024 + 1)}) {
    EXPECT_EQ(message.find("kernel nothing_kernel: "), 0u) << message;
    EXPECT_NE(message.find("; grid ("), std::string::npos) << message;
  }
  EXPECT_EQ(cu::last_error().code, cu::kInvalidConfiguration);
}

TEST(SharedMemory, PastFortyEightKiBOnlyWhereTheLaunchHasAsked) {
  for (const bool asked : {false, true}) {
    cu::emulated::SharedMemory shared;
    shared.open(48 * 1024 - 128, asked);
    EXPECT_NE(shared.declare(&asked, 128, 16), nullptr);
    EXPECT_EQ(shared.declare(&shared, 1, 16) != nullptr, asked);
    shared.close();
  }
}

TEST(Launch, RefusesAKernelThatIsNotDeclared) {
  EXPECT_NE(launch_report(undeclared_kernel, dim3(1), dim3(1)).find("CU_KERNEL"), std::string::npos);
}

TEST(Launch, DeviceFunctionsAreRefusedInHostCode) {
  EXPECT_NE(reported([] { __syncthreads(); }).find("__syncthreads is called outside a kernel"), std::string::npos);
  EXPECT_NE(reported([] { (void)__shfl_sync(1, 1, 0); }).find("outside a kernel"), std::string::npos);
}

TEST(Registry, KnowsWhatRan) {
  ASSERT_EQ(launch_report(nothing_kernel, dim3(1), dim3(1)), "");
  const auto has = [](const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  EXPECT_TRUE(has(cu::declared_kernels(), "nothing_kernel"));
  EXPECT_TRUE(has(cu::executed_kernels(), "nothing_kernel"));
  EXPECT_TRUE(has(cu::declared_kernels(), "gemm_tiled_kernel<Bug::wait_too_lax>"));
  EXPECT_FALSE(has(cu::declared_kernels(), "undeclared_kernel"));
  EXPECT_THROW(cu::append_executed_kernels("/nonexistent/folder/file"), Error);
}

}  // namespace
}  // namespace fno::emulation_test

#include "framework/tensor/tensor.h"

#include <numeric>
#include <sstream>

#include "framework/cpu/device.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using Tensors = OnEachDevice;
FNO_ON_EACH_DEVICE(Tensors);

using Values = std::vector<double>;

TEST_P(Tensors, ValuesGoToTheDeviceAndBack) {
  std::vector<float> values(1001);
  std::iota(values.begin(), values.end(), 0.5f);
  const Tensor t = Tensor::from(values, {7, 143}, device);
  EXPECT_EQ(t.to_host<float>(), values);
  EXPECT_EQ(t.dtype(), Dtype::float32);
  EXPECT_EQ(t.bytes(), 4004u);
  EXPECT_EQ(t.device(), device);
  const std::vector<Complex<double>> pairs{{1, 2}, {3, 4}};
  const Tensor z = Tensor::from(pairs, {2}, device);
  EXPECT_EQ(z.dtype(), Dtype::complex128);
  EXPECT_EQ(host_values(z), (Values{1, 2, 3, 4}));
}

TEST_P(Tensors, ZerosFullAndItem) {
  EXPECT_EQ(host_values(Tensor::zeros({2, 3}, Dtype::complex64, device)), Values(12, 0.0));
  EXPECT_EQ(host_values(Tensor::zeros({3}, Dtype::int32, device)), Values(3, 0.0));
  EXPECT_EQ(host_values(Tensor::full({2, 3}, Dtype::float64, device, -1.25)), Values(6, -1.25));
  EXPECT_EQ(Tensor::full({}, Dtype::float32, device, 7).item(), 7);
  EXPECT_EQ(Tensor::full({1, 1}, Dtype::float64, device, 0.1).item(), 0.1);
}

TEST_P(Tensors, CopiesShareMemoryAndClonesDoNot) {
  const Tensor a = Tensor::full({4, 3}, Dtype::float32, device, 1);
  EXPECT_TRUE(a.sole_owner());
  Tensor view = a.reshape({3, 4}).rows(1, 2);  // entries 4 … 7
  const Tensor clone = a.clone();
  EXPECT_FALSE(a.sole_owner());
  EXPECT_TRUE(clone.sole_owner());
  view.copy_from(Tensor::full({1, 4}, Dtype::float32, device, 9));
  EXPECT_EQ(host_values(a), (Values{1, 1, 1, 1, 9, 9, 9, 9, 1, 1, 1, 1}));
  EXPECT_EQ(host_values(view), Values(4, 9.0));
  EXPECT_EQ(host_values(view.clone()), Values(4, 9.0));
  EXPECT_EQ(host_values(clone), Values(12, 1.0));
}

TEST_P(Tensors, ComplexAsRealPairsAndBack) {
  const Tensor z = Tensor::from(std::vector<Complex<float>>{{1, 2}, {3, 4}, {5, 6}}, {3}, device);
  EXPECT_EQ(z.as_real().shape(), (Shape{3, 2}));
  EXPECT_EQ(z.as_real().dtype(), Dtype::float32);
  EXPECT_EQ(z.as_real().as_complex().shape(), (Shape{3}));
  EXPECT_EQ(z.as_real().as_complex().dtype(), Dtype::complex64);
  EXPECT_EQ(host_values(z.rows(1, 3)), (Values{3, 4, 5, 6}));
}

TEST_P(Tensors, GoToAnotherDeviceAsTheyAre) {
  const Device other = cpu_device(2);
  const Tensor t = tensor_of({1, 2, 3, 4, 5, 6}, {3, 2}, Dtype::float64, device);
  const Tensor there = t.rows(1, 3).to(other);
  EXPECT_EQ(there.device(), other);
  EXPECT_FALSE(there.device() == device);
  EXPECT_EQ(host_values(there), (Values{3, 4, 5, 6}));
}

TEST_P(Tensors, MemoryComesBackWithTheLastHandle) {
  const std::size_t before = device.memory().use().in_use;
  {
    Tensor a({1 << 16}, Dtype::float32, device);
    EXPECT_GE(device.memory().use().in_use, before + (std::size_t{1} << 18));
    const Tensor b = a.rows(0, 10);
    a = Tensor();
    EXPECT_GE(device.memory().use().in_use, before + (std::size_t{1} << 18));
  }
  EXPECT_EQ(device.memory().use().in_use, before);
}

TEST_P(Tensors, EmptyTensorsAreAllowed) {
  const Tensor t = Tensor::zeros({0, 3}, Dtype::float32, device);
  EXPECT_EQ(t.size(), 0);
  EXPECT_TRUE(host_values(t).empty());
  EXPECT_TRUE(host_values(t.clone()).empty());
}

TEST_P(Tensors, ErrorsSayWhatIsNeeded) {
  const Tensor t = Tensor::zeros({2, 3}, Dtype::float32, device);
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(throws_error(kind, "asked for float64 of a float32 tensor", [&] { (void)t.to_host<double>(); }));
  EXPECT_TRUE(throws_error(kind, "reshape: (2, 3) has 6 elements, (4) has 4", [&] { (void)t.reshape({4}); }));
  EXPECT_TRUE(throws_error(kind, "5 values for shape (2, 3)", [&] {
    (void)Tensor::from(std::vector<float>(5), {2, 3}, device);
  }));
  EXPECT_TRUE(throws_error(kind, "is not one real number", [&] { (void)t.item(); }));
  EXPECT_TRUE(throws_error(kind, "rows: 1", [&] { (void)t.rows(1, 3); }));
  EXPECT_TRUE(throws_error(kind, "cannot be negative", [&] { (void)Shape{2, -1}; }));
  EXPECT_TRUE(throws_error(kind, "at most 6 axes", [&] { (void)Shape{1, 1, 1, 1, 1, 1, 1}; }));
  EXPECT_TRUE(throws_error(kind, "is too large", [&] {
    (void)Tensor({1LL << 40, 1LL << 40}, Dtype::float32, device);
  }));
  EXPECT_TRUE(throws_error(kind, "copy_from", [&] {
    Tensor(t).copy_from(Tensor::zeros({3, 2}, Dtype::float32, device));
  }));
  EXPECT_TRUE(throws_error(ErrorKind::device, "no device given", [] { (void)Tensor({1}, Dtype::float32, Device()); }));
}

TEST(Shapes, CountAndPrint) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.size(), 30);
  EXPECT_EQ(shape.product(1, 3), 15);
  EXPECT_EQ(Shape{}.size(), 1);
  EXPECT_FALSE(shape == (Shape{2, 3}));
  std::ostringstream text;
  text << shape << Shape{} << Dtype::complex64;
  EXPECT_EQ(text.str(), "(2, 3, 5)()complex64");
}

template <class T>
concept CanBecomeATensor = requires(std::vector<T> v, Device d) {
  Tensor::from(v, Shape{1}, d);
};
template <class T>
concept CanBeRead = requires(Tensor t) {
  t.to_host<T>();
};

TEST(TensorTypes, ThoseThatDoNotExistDoNotCompile) {
  EXPECT_TRUE(CanBecomeATensor<float> && CanBecomeATensor<double> && CanBecomeATensor<std::int32_t>);
  EXPECT_TRUE(CanBecomeATensor<std::complex<float>> && CanBecomeATensor<Complex<double>>);
  EXPECT_FALSE(CanBecomeATensor<std::int64_t> || CanBecomeATensor<short> || CanBecomeATensor<unsigned>);
  EXPECT_TRUE(CanBeRead<float> && CanBeRead<std::complex<double>>);
  EXPECT_FALSE(CanBeRead<std::int64_t> || CanBeRead<std::size_t> || CanBeRead<char>);
}

TEST_P(Tensors, StdComplexIsThePairItIs) {
  const std::vector<std::complex<float>> values{{1, -2}, {3, 4}};
  const Tensor t = Tensor::from(values, {2}, device);
  EXPECT_EQ(t.dtype(), Dtype::complex64);
  EXPECT_EQ(t.to_host<std::complex<float>>(), values);
  EXPECT_EQ(t.to_host<float>(), (std::vector<float>{1, -2, 3, 4}));
}

TEST(Shape, AxesCountFromBothEndsAndNoFurther) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape[-1], 5);
  EXPECT_EQ(shape[-3], 2);
  EXPECT_TRUE(throws_error(ErrorKind::config, "axis 3 of a shape with 3 axes", [&] { (void)shape[3]; }));
  EXPECT_THROW((void)shape[-4], Error);
  EXPECT_THROW((void)Shape{}[0], Error);
}

}  // namespace
}  // namespace fno::test

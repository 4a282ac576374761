# asks for two numbers and adds them
a = int(input("First number: "))
b = int(input("Second number: "))
print("Sum:", a + b)

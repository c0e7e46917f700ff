module github.com/dyetrace/dyetrace/dye/dyeaws

go 1.26

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/dyetrace/dyetrace v0.0.0
)

require github.com/aws/smithy-go v1.28.8 // indirect

replace github.com/dyetrace/dyetrace => ../..

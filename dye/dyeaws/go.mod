module github.com/dyetrace/dyetrace/dye/dyeaws

go 1.26

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/aws/smithy-go v1.28.8
	github.com/dyetrace/dyetrace v0.0.0
)

replace github.com/dyetrace/dyetrace => ../..

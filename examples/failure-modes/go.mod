module github.com/dyetrace/dyetrace/examples/failure-modes

go 1.26

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/aws/aws-sdk-go-v2/service/eventbridge v1.55.9
	github.com/aws/aws-sdk-go-v2/service/sqs v1.52.10
	github.com/dyetrace/dyetrace v0.0.0
	github.com/dyetrace/dyetrace/dye/dyeaws v0.0.0
)

require (
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.10 // indirect
	github.com/aws/smithy-go v1.28.8 // indirect
)

replace github.com/dyetrace/dyetrace => ../..

replace github.com/dyetrace/dyetrace/dye/dyeaws => ../../dye/dyeaws
